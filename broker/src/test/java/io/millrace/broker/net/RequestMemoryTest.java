package io.millrace.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestMemoryTest {
    private final RequestMemory memory = new RequestMemory(100);
    private final List<String> served = new ArrayList<>();

    @Test
    void givesNoMoreThanThereIs() {
        ByteBuf frame = Unpooled.buffer(1);
        assertThat(memory.tryReserve(60)).isTrue();
        assertThat(memory.tryReserve(41)).isFalse();
        assertThat(memory.tryReserve(40)).isTrue();
        assertThat(memory.used()).isEqualTo(100);

        memory.release(frame, 60);
        assertThat(memory.tryReserve(60)).isTrue();
        assertThat(memory.used()).isEqualTo(100);
    }

    /** Else many frames half received would wait for each other for ever. */
    @Test
    void letsOneFrameAtATimeOverdraw() {
        ByteBuf first = Unpooled.buffer(1);
        ByteBuf second = Unpooled.buffer(1);
        assertThat(memory.tryReserve(100)).isTrue();
        memory.reserve(50, first, waiter("first"));
        memory.reserve(50, second, waiter("second"));
        assertThat(served).containsExactly("first 50");
        assertThat(memory.isShort()).isTrue();
        assertThat(memory.tryReserve(1)).as("before who waits").isFalse();

        memory.release(first, 50);
        assertThat(served).containsExactly("first 50", "second 50");
        assertThat(memory.used()).isEqualTo(150);
    }

    private RequestMemory.Waiter waiter(String name) {
        return new RequestMemory.Waiter() {
            @Override
            public void onReserved(ByteBuf frame, int bytes) {
                served.add(name + " " + bytes);
            }

            @Override
            public boolean gone() {
                return false;
            }
        };
    }
}

package io.millrace.client.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What is given back is used again, and not hoarded. */
class FramePoolTest {
    private final FramePool pool = new FramePool();

    @Test
    void usesAgainWhatWasGivenBack() {
        byte[] first = pool.take(100_000);
        assertThat(pool.take(100_000)).isNotSameAs(first);
        pool.giveBack(ByteBuffer.wrap(first).slice(10, 20));
        assertThat(pool.take(99_000)).isSameAs(first);
        assertThat(pool.take(99_000)).isNotSameAs(first);
    }

    @Test
    void wastesLittle() {
        assertThat(pool.take(100)).hasSize(100);
        byte[] large = pool.take(1_000_001);
        assertThat(large.length).isBetween(1_000_001, 1_000_001 * 9 / 8);
        pool.giveBack(ByteBuffer.wrap(large));
        assertThat(pool.take(20_000)).as("a small frame gets no large array").isNotSameAs(large);
        assertThat(pool.take(1_000_001)).isSameAs(large);
    }

    @Test
    void keepsNoMoreThanItsBound() {
        byte[][] arrays = new byte[20][];
        for (int i = 0; i < arrays.length; i++) {
            arrays[i] = pool.take(4 << 20);
        }
        for (byte[] array : arrays) {
            pool.giveBack(ByteBuffer.wrap(array));
        }
        int kept = 0;
        for (int i = 0; i < arrays.length; i++) {
            byte[] taken = pool.take(4 << 20);
            for (byte[] array : arrays) {
                kept += array == taken ? 1 : 0;
            }
        }
        assertThat(kept).isEqualTo(4);
    }
}

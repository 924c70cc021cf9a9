package io.millrace.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TopicInternerTest {

    @Test
    void remembersNamesAndIds() {
        TopicInterner interner = new TopicInterner();
        String first = name(interner, "orders");
        assertThat(first).isEqualTo("orders");
        assertThat(name(interner, "orders")).isSameAs(first);
        assertThat(name(interner, "order")).isEqualTo("order");
        assertThat(name(interner, "")).isEmpty();
        assertThat(name(interner, "é中😀")).isEqualTo("é中😀");
        Uuid id = interner.id(1, 2);
        assertThat(id).isEqualTo(new Uuid(1, 2));
        assertThat(interner.id(1, 2)).isSameAs(id);
        assertThat(interner.id(2, 1)).isEqualTo(new Uuid(2, 1));
    }

    @Test
    void answersRightAlsoWhenItHasForgotten() {
        TopicInterner interner = new TopicInterner(4);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 1_000; i++) {
                assertThat(name(interner, "topic-" + i)).isEqualTo("topic-" + i);
                assertThat(interner.id(i, -i)).isEqualTo(new Uuid(i, -i));
            }
        }
        String longName = "x".repeat(1_000);
        assertThat(name(interner, longName)).isEqualTo(longName);
    }

    @Test
    void refusesACapacityThatIsNotAPowerOfTwo() {
        assertThatThrownBy(() -> new TopicInterner(1_000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TopicInterner(2)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String name(TopicInterner interner, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(utf8.length + 4)
                .putShort((short) 7)
                .put(utf8)
                .putShort((short) 7);
        return interner.name(buffer, 2, utf8.length);
    }
}

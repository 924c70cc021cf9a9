package io.millrace.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Judged by the rules in Kafka's own clients. */
@Tag("kafka")
class TopicNamesTest {

    static Stream<String> names() {
        Stream<String> odd = Stream.of(
                "",
                ".",
                "..",
                "...",
                "a",
                "A-b_c.9",
                "a/b",
                "../../etc",
                "a b",
                "a\u0000",
                "\u00e4",
                "a:b",
                "a,b",
                "\n",
                "x".repeat(249),
                "x".repeat(250));
        return Stream.concat(odd, IntStream.rangeClosed(0, 255).mapToObj(c -> "t" + (char) c));
    }

    @ParameterizedTest
    @MethodSource("names")
    void agreesWithKafkaAboutNames(String name) {
        assertThat(TopicNames.problem(name)).isEqualTo(kafkasProblem(name));
    }

    @Test
    void agreesWithKafkaAboutCollisions() {
        List<String> names = namesOf("a._-", 3);
        for (String one : names) {
            for (String other : names) {
                assertThat(TopicNames.collide(one, other))
                        .as("%s and %s", one, other)
                        .isEqualTo(Topic.hasCollision(one, other));
            }
        }
    }

    /** All words of up to so many of these letters. */
    private static List<String> namesOf(String letters, int maxLength) {
        List<String> names = new ArrayList<>(List.of(""));
        for (int i = 0; i < names.size() && names.get(i).length() < maxLength; i++) {
            for (char letter : letters.toCharArray()) {
                names.add(names.get(i) + letter);
            }
        }
        return names;
    }

    private static String kafkasProblem(String name) {
        try {
            Topic.validate(name);
            return null;
        } catch (InvalidTopicException e) {
            return e.getMessage().replaceFirst("^Topic name is invalid: ", "");
        }
    }
}

package io.millrace.broker.config;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a value must satisfy, and the same in words that complete the sentence "the value must be ...".
 *
 * @param <T> the type of the value
 */
public record Rule<T>(String text, Predicate<? super T> predicate) {

    public boolean accepts(T value) {
        return predicate.test(value);
    }

    /** Accepts {@code other} as well. */
    public Rule<T> or(T other) {
        return new Rule<>(text + ", or " + other, value -> value.equals(other) || accepts(value));
    }

    /** Accepts every value; its text is empty. */
    public static <T> Rule<T> any() {
        return new Rule<>("", value -> true);
    }

    public static <T extends Number> Rule<T> atLeast(long minimum) {
        return new Rule<>("at least " + minimum, value -> value.longValue() >= minimum);
    }

    /** From {@code minimum} to {@code maximum}, both included. */
    public static <T extends Number> Rule<T> between(long minimum, long maximum) {
        return new Rule<>(
                "between " + minimum + " and " + maximum,
                value -> value.doubleValue() >= minimum && value.doubleValue() <= maximum);
    }

    public static Rule<String> oneOf(String... choices) {
        Set<String> allowed = Set.of(choices);
        return new Rule<>("one of " + String.join(", ", choices), allowed::contains);
    }

    /** A list of which every item is one of {@code choices}, with at least one item. */
    public static Rule<List<String>> someOf(String... choices) {
        Set<String> allowed = Set.of(choices);
        return new Rule<>(
                "one or more of " + String.join(", ", choices),
                items -> !items.isEmpty() && allowed.containsAll(items));
    }

    /** A list with at least one item and no empty one. */
    public static Rule<List<String>> nonEmpty() {
        return new Rule<>(
                "one or more items", items -> !items.isEmpty() && items.stream().noneMatch(String::isBlank));
    }
}

package io.millrace.broker.group;

import java.util.function.Consumer;

/** Takes the answer to one request, or learns that there will be none. Called on the {@link GroupLoop}. */
@FunctionalInterface
public interface Answer<T> extends Consumer<T> {

    /**
     * The coordinator failed where it should not; whether it had answered before is for the receiver to know. Who does not
     * say what to do then leaves it to the loop.
     */
    default void fail(RuntimeException cause) {
        throw cause;
    }

    /** An answer that goes to the one, and a failure that goes to the other. */
    static <T> Answer<T> of(Consumer<? super T> onAnswer, Consumer<? super RuntimeException> onFailure) {
        return new Answer<>() {
            @Override
            public void accept(T answer) {
                onAnswer.accept(answer);
            }

            @Override
            public void fail(RuntimeException cause) {
                onFailure.accept(cause);
            }
        };
    }

    /** A later step on the way to this answer: if it fails, so does the request. */
    default <U> Consumer<U> step(Consumer<U> step) {
        return value -> {
            try {
                step.accept(value);
            } catch (RuntimeException e) {
                fail(e);
            }
        };
    }
}

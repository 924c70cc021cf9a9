package io.millrace.broker.group;

import org.jspecify.annotations.Nullable;

/** Catches an answer, and sees to it that there is but one. */
final class Reply<T> implements Answer<T> {
    private @Nullable T value;

    @Override
    public void accept(T answer) {
        if (value != null) {
            throw new AssertionError("answered twice");
        }
        value = answer;
    }

    boolean isThere() {
        return value != null;
    }

    T get() {
        if (value == null) {
            throw new AssertionError("not answered yet");
        }
        return value;
    }
}

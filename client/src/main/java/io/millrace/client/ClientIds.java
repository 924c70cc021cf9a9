package io.millrace.client;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Names for clients that were given none: the kind and a number, counted over the process. */
final class ClientIds {
    private final String kind;
    private final AtomicInteger next = new AtomicInteger(1);

    ClientIds(String kind) {
        this.kind = kind;
    }

    String orNext(@Nullable String given) {
        return given == null ? kind + "-" + next.getAndIncrement() : given;
    }
}

package io.millrace.broker.replica;

import io.millrace.protocol.message.AlterPartition;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The way to whichever broker is the controller at the moment. */
@FunctionalInterface
public interface ControllerLink {

    /**
     * Sends a request, once.
     *
     * @param then takes the answer, or why there is none; once, on any thread, perhaps before this returns
     */
    void send(AlterPartition.Request request, BiConsumer<AlterPartition.@Nullable Response, @Nullable Throwable> then);
}

package io.millrace.broker.fetcher;

import io.millrace.broker.loop.Loop;
import io.millrace.protocol.message.Message;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The way of one fetcher to its leader, and the loop that the fetcher runs on. */
public interface LeaderLink extends AutoCloseable {

    /** Where answers arrive. */
    Loop loop();

    /**
     * Sends a request, once; on the loop.
     *
     * @param lowestVersion oldest version that can say what is meant
     * @param highestVersion newest version that brokers of this cluster use among themselves
     * @param response makes the message that the answer is read into
     * @param then takes the answer, or why there is none; once, on the loop, perhaps before this returns
     */
    <R extends Message> void send(
            Message request,
            int lowestVersion,
            int highestVersion,
            Supplier<R> response,
            BiConsumer<@Nullable R, @Nullable Throwable> then);

    /** Has the connection and the loop end soon; does not wait, so that who changes roles is not kept from the next one. */
    void end();

    /** Ends the connection and the loop, and waits until what runs there is over. Not on the loop. */
    @Override
    void close();
}

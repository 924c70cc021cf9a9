package io.millrace.broker.replica;

import io.millrace.broker.loop.Loop;
import io.millrace.protocol.Uuid;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What replicas need of the world around them; in a simulation all of it is simulated.
 *
 * @param loop knows what time it is, and runs what is bound neither to a request nor to a fetcher
 * @param timer the deadlines of requests that wait
 * @param brokerEpoch under which this broker is registered now; what is meant for a former life is refused
 * @param isrChanges takes proposals to the controller
 * @param fetching follows other brokers
 * @param topicIds the id that the topic of a name has on record at this moment, null if there is none; may wait for whoever keeps the
 *     record, and fails if that one cannot be asked
 */
public record ReplicaEnvironment(
        Loop loop,
        Timer timer,
        LongSupplier brokerEpoch,
        IsrChanges isrChanges,
        FollowerFetching fetching,
        Function<String, @Nullable Uuid> topicIds) {}

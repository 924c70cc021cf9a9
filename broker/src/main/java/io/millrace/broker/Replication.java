package io.millrace.broker;

import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.controller.ControllerSocket;
import io.millrace.broker.fetcher.ReplicaFetchers;
import io.millrace.broker.loop.ConnectionLoop;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.AlterPartitions;
import io.millrace.broker.replica.ReplicaEnvironment;
import io.millrace.broker.replica.Timer;
import io.millrace.client.net.Call;
import io.millrace.client.net.ConnectionConfig;
import io.millrace.client.net.ConnectionPool;
import io.millrace.client.net.Transport;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.AlterPartition;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a broker's replicas say to other brokers: fetches to leaders, proposals to the controller. A part of {@link Broker};
 * has the thread {@code isr} for the latter, which starts with the first of them, and those of the fetchers.
 */
final class Replication implements AutoCloseable {
    /** The first version that names the epoch of each broker (KIP-903), and the one of Kafka 3.9. */
    private static final int ALTER_PARTITION_VERSION = 3;

    private final Transport transport = Transport.nio("isr", 1);
    private final ConnectionPool toController;
    private final ReplicaFetchers fetchers;
    private final ReplicaEnvironment environment;

    /** @param topicIds see {@link ReplicaEnvironment#topicIds} */
    Replication(
            BrokerConfig config,
            int brokerId,
            MetadataCache metadata,
            Timer timer,
            LongSupplier brokerEpoch,
            Function<String, @Nullable Uuid> topicIds) {
        String listener = config.interBrokerListener();
        ConnectionLoop loop = new ConnectionLoop(transport.group().next());
        toController = new ConnectionPool(transport, ConnectionConfig.defaults(Integer.toString(brokerId)));
        fetchers = new ReplicaFetchers(config.fetcher(brokerId), listener, metadata, brokerEpoch);
        ControllerSocket controller = new ControllerSocket(metadata, config.controlPlaneListener(), () -> toController);
        AlterPartitions isrChanges = new AlterPartitions(
                brokerId,
                brokerEpoch,
                loop,
                (request, then) -> controller
                        .send(Call.of(request, AlterPartition.Response::new)
                                .versions(ALTER_PARTITION_VERSION, ALTER_PARTITION_VERSION))
                        .whenComplete(then));
        environment = new ReplicaEnvironment(loop, timer, brokerEpoch, isrChanges, fetchers, topicIds);
    }

    ReplicaEnvironment environment() {
        return environment;
    }

    /** Follows and proposes no longer; nothing is appended by a fetcher once this returns. */
    @Override
    public void close() {
        fetchers.close();
        toController.close();
        transport.shutdown();
    }
}

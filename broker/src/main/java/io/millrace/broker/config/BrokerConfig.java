package io.millrace.broker.config;

import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that a broker is started with, complete and checked. Each room gets its own record out of it.
 *
 * @param brokerId {@code broker.id}, or -1 if the broker has to be given one
 * @param reservedBrokerMaxId {@code reserved.broker.max.id}: ids that are given start above it
 * @param rack {@code broker.rack}, or null
 * @param advertisedListeners what others connect to, by listener; an empty host stands for this machine's name and port 0 for
 *     the port that the listener is bound to
 * @param interBrokerListener the name of the one that other brokers use, in upper case
 * @param controlPlaneListener the name of the one at which the controller and brokers speak to each other, perhaps the same
 * @param zooKeeper which ZooKeeper
 * @param net for the network
 * @param storage for the storage engine as a whole
 * @param log the settings of topics that have none of their own
 * @param controller for the controller
 * @param controlledShutdown how it takes its leave
 * @param group for the group coordinator
 * @param minInsyncReplicas {@code min.insync.replicas} of topics that have none of their own, at least 1
 * @param values the settings one by one, for whoever describes them
 * @param warnings sentences about keys that were written down and have no effect
 */
public record BrokerConfig(
        int brokerId,
        int reservedBrokerMaxId,
        @Nullable String rack,
        List<ListenerConfig> advertisedListeners,
        String interBrokerListener,
        String controlPlaneListener,
        ZooKeeperConfig zooKeeper,
        NetConfig net,
        StorageConfig storage,
        LogConfig log,
        ControllerConfig controller,
        ControlledShutdownConfig controlledShutdown,
        GroupConfig group,
        int minInsyncReplicas,
        SettingValues values,
        List<String> warnings) {

    /**
     * Makes a configuration of what was written down.
     *
     * @param written text by key, as {@link ConfigSource#read} returns it
     * @throws ConfigException if a value or a combination of values is refused
     */
    public static BrokerConfig parse(Map<String, String> written) {
        SettingValues values = SettingValues.parse(written);
        try {
            return new ConfigAssembly(values).brokerConfig(UnknownKeys.warnings(written));
        } catch (IllegalArgumentException e) {
            // A room is stricter than the definition of its setting; its sentence names the key as ours would.
            throw new ConfigException(String.valueOf(e.getMessage()));
        }
    }

    /** For following other brokers, once it is known which broker this is. */
    public FetcherConfig fetcher(int knownBrokerId) {
        return new ConfigAssembly(values).fetcher(knownBrokerId);
    }

    /** For replicas, once it is known which broker this is. */
    public ReplicaConfig replica(int knownBrokerId) {
        return new ConfigAssembly(values).replica(knownBrokerId, interBrokerListener, controlPlaneListener);
    }
}

package io.millrace.client.cli;

/**
 * Finds brokers in ZooKeeper, for {@code --zookeeper}. This module knows no ZooKeeper, so whoever starts the tools brings it.
 */
@FunctionalInterface
public interface BrokerLookup {
    /** For a program without ZooKeeper. */
    BrokerLookup NONE = connect -> {
        throw new ToolFailure("This program cannot look into ZooKeeper; name a broker with --bootstrap-server");
    };

    /**
     * The brokers registered under {@code /brokers/ids}, as {@code host:port} separated by commas.
     *
     * @param connect {@code host:port,host:port/chroot}
     */
    String find(String connect) throws Exception;
}

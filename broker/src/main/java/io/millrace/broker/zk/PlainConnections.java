package io.millrace.broker.zk;

import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxn;

/** The client port of a ZooKeeper in this process; keeps no management bean for a connection. */
final class PlainConnections extends NIOServerCnxnFactory {
    @Override
    public void registerConnection(ServerCnxn connection) {}

    @Override
    public void unregisterConnection(ServerCnxn connection) {}
}

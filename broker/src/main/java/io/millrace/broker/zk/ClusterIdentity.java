package io.millrace.broker.zk;

import io.millrace.protocol.Uuid;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;

/** The numbers and names that a cluster gives out once: its own id, and ids of brokers that did not bring one. */
public final class ClusterIdentity {
    private final Znodes znodes;

    public ClusterIdentity(Znodes znodes) {
        this.znodes = znodes;
    }

    /** The id of the cluster; the first broker that asks makes it. The {@link PersistentPaths} must be there. */
    public String clusterId() {
        Znode node = znodes.read(ZkPaths.CLUSTER_ID);
        if (node == null) {
            byte[] data = ZnodeJson.write(out -> {
                out.writeStringField("version", "1");
                out.writeStringField("id", Uuid.random().toString());
            });
            try {
                znodes.commit(List.of(new ZnodeOp.Create(ZkPaths.CLUSTER_ID, data)));
            } catch (ZkException e) {
                if (e.code() != Code.NODEEXISTS) {
                    throw e;
                }
            }
            node = znodes.read(ZkPaths.CLUSTER_ID);
        }
        if (node == null) {
            throw new MalformedZnodeException(ZkPaths.CLUSTER_ID, "it was removed while it was being read");
        }
        return ZnodeJson.read(ZkPaths.CLUSTER_ID, node.data()).text("id");
    }

    /**
     * An id for a broker that has none: the next number above {@code reservedMaxId} that nobody was given before.
     *
     * @param reservedMaxId {@code reserved.broker.max.id}: ids up to it are for people to choose
     */
    public int nextBrokerId(int reservedMaxId) {
        PersistentPaths.ensure(znodes, ZkPaths.BROKER_SEQ_ID);
        return reservedMaxId + znodes.overwrite(ZkPaths.BROKER_SEQ_ID, new byte[0]);
    }
}

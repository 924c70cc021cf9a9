package io.millrace.broker.zk;

import io.millrace.protocol.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leader and ISR of every partition. Only the controller writes them. */
public final class PartitionStateStore {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionStateStore.class);

    private final Znodes znodes;

    public PartitionStateStore(Znodes znodes) {
        this.znodes = znodes;
    }

    /** The states of those partitions that have one; one that cannot be understood is passed over with an error in the log. */
    public Map<TopicPartition, PartitionState> states(List<TopicPartition> partitions) {
        List<String> paths = partitions.stream().map(PartitionStateStore::path).toList();
        List<@Nullable Znode> nodes = znodes.readAll(paths);
        Map<TopicPartition, PartitionState> states = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            Znode node = nodes.get(i);
            if (node != null) {
                try {
                    states.put(partitions.get(i), PartitionState.fromJson(paths.get(i), node));
                } catch (MalformedZnodeException e) {
                    LOG.error("Partition {} is passed over: {}", partitions.get(i), e.getMessage());
                }
            }
        }
        return states;
    }

    /**
     * The step that makes the state of a new partition.
     *
     * @param state as {@link PartitionState#toJson} has it
     */
    public static ZnodeOp create(TopicPartition partition, byte[] state) {
        return new ZnodeOp.Create(path(partition), state);
    }

    /** The step that replaces the state which was read. */
    public static ZnodeOp replace(TopicPartition partition, PartitionState state) {
        return new ZnodeOp.SetData(path(partition), state.toJson(), state.version());
    }

    static String path(TopicPartition partition) {
        return ZkPaths.partitionState(partition.topic(), partition.partition());
    }
}

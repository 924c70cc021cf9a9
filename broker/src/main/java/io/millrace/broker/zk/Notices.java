package io.millrace.broker.zk;

import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nodes that somebody leaves for the controller, which acts on them and takes them away: brokers that changed an ISR on their
 * own or lost a directory, people and tools that want leaders or replicas elsewhere. One that cannot be understood counts as
 * empty, with an error in the log.
 */
public final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

    private final Znodes znodes;

    public Notices(Znodes znodes) {
        this.znodes = znodes;
    }

    /** Paths of the notices of changed ISRs; {@code onChange} is called when one comes or goes. */
    public List<String> isrChanges(Runnable onChange) {
        return paths(ZkPaths.ISR_CHANGES, onChange);
    }

    /** The partitions that these notices name. */
    public Set<TopicPartition> partitionsIn(List<String> paths) {
        Set<TopicPartition> partitions = new LinkedHashSet<>();
        List<@Nullable Znode> nodes = znodes.readAll(paths);
        for (int i = 0; i < paths.size(); i++) {
            partitions.addAll(partitions(paths.get(i), nodes.get(i)).keySet());
        }
        return partitions;
    }

    /** Paths of the notices of failed log directories; {@code onChange} is called when one comes or goes. */
    public List<String> logDirEvents(Runnable onChange) {
        return paths(ZkPaths.LOG_DIR_EVENTS, onChange);
    }

    /** The brokers that these notices name. */
    public Set<Integer> brokersIn(List<String> paths) {
        Set<Integer> brokers = new LinkedHashSet<>();
        List<@Nullable Znode> nodes = znodes.readAll(paths);
        for (int i = 0; i < paths.size(); i++) {
            Znode node = nodes.get(i);
            if (node != null) {
                try {
                    brokers.add(ZnodeJson.read(paths.get(i), node.data()).int32("broker"));
                } catch (MalformedZnodeException e) {
                    LOG.error("{}", e.getMessage());
                }
            }
        }
        return brokers;
    }

    /** Lets the controller know that a log directory of this broker has failed. */
    public void announceLogDirFailure(int brokerId) {
        znodes.createSequential(ZkPaths.LOG_DIR_EVENTS + "/log_dir_event_", ZnodeJson.write(out -> {
            out.writeNumberField("version", 1);
            out.writeNumberField("broker", brokerId);
            out.writeNumberField("event", 1);
        }));
    }

    /** The partitions whose preferred leader is wanted, or null if nobody asks; {@code onChange} is called when that changes. */
    public @Nullable Set<TopicPartition> preferredElection(Runnable onChange) {
        Znode node = znodes.read(ZkPaths.PREFERRED_ELECTION, onChange);
        return node == null
                ? null
                : partitions(ZkPaths.PREFERRED_ELECTION, node).keySet();
    }

    /** The replicas that are wanted, by partition, or null if nobody asks; {@code onChange} is called when that changes. */
    public @Nullable Map<TopicPartition, List<Integer>> reassignment(Runnable onChange) {
        Znode node = znodes.read(ZkPaths.REASSIGN_PARTITIONS, onChange);
        return node == null ? null : partitions(ZkPaths.REASSIGN_PARTITIONS, node);
    }

    /** The step that leaves of the request for replicas what is not done yet, or takes it away. */
    public static ZnodeOp remainingReassignment(Map<TopicPartition, List<Integer>> remaining) {
        if (remaining.isEmpty()) {
            return new ZnodeOp.Delete(ZkPaths.REASSIGN_PARTITIONS, ZnodeOp.ANY_VERSION);
        }
        byte[] data = ZnodeJson.write(out -> {
            out.writeNumberField("version", 1);
            out.writeArrayFieldStart("partitions");
            for (Map.Entry<TopicPartition, List<Integer>> entry : remaining.entrySet()) {
                out.writeStartObject();
                out.writeStringField("topic", entry.getKey().topic());
                out.writeNumberField("partition", entry.getKey().partition());
                out.writeArrayFieldStart("replicas");
                for (int id : entry.getValue()) {
                    out.writeNumber(id);
                }
                out.writeEndArray();
                out.writeEndObject();
            }
            out.writeEndArray();
        });
        return new ZnodeOp.SetData(ZkPaths.REASSIGN_PARTITIONS, data, ZnodeOp.ANY_VERSION);
    }

    private List<String> paths(String parent, Runnable onChange) {
        List<String> paths = new ArrayList<>();
        znodes.children(parent, onChange).stream().sorted().forEach(name -> paths.add(parent + "/" + name));
        return paths;
    }

    private static Map<TopicPartition, List<Integer>> partitions(String path, @Nullable Znode node) {
        Map<TopicPartition, List<Integer>> partitions = new LinkedHashMap<>();
        if (node != null) {
            try {
                for (ZnodeJson entry : ZnodeJson.read(path, node.data()).objects("partitions")) {
                    partitions.put(
                            new TopicPartition(entry.text("topic"), entry.int32("partition")),
                            entry.int32s("replicas"));
                }
            } catch (MalformedZnodeException e) {
                LOG.error("{}", e.getMessage());
            }
        }
        return partitions;
    }
}

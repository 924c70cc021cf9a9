package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.ConfigChange;
import io.millrace.client.admin.ConfigEntry;
import io.millrace.client.admin.ConfigResource;
import io.millrace.client.admin.Reassignment;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot.PartitionInfo;
import io.millrace.client.net.ClusterSnapshot.TopicInfo;
import io.millrace.client.net.Node;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code reassign-partitions.sh}: moves partitions between brokers, as Kafka's {@code ReassignPartitionsCommand} does. Throttles and moves
 * between log directories are refused.
 */
@Command(
        description = "Moves partitions between brokers: plan, start, watch, cancel.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  echo '{\"version\":1,\"topics\":[{\"topic\":\"clicks\"}]}' > topics.json",
            "  reassign-partitions.sh --bootstrap-server localhost:9092 --generate --topics-to-move-json-file topics.json \\",
            "      --broker-list 2,3",
            "  reassign-partitions.sh --bootstrap-server localhost:9092 --execute --reassignment-json-file plan.json",
            "  reassign-partitions.sh --bootstrap-server localhost:9092 --verify --reassignment-json-file plan.json --wait"
        })
final class ReassignPartitionsTool extends AdminTool {
    private static final long WATCH_NS = 500_000_000L;
    private static final Set<String> BROKER_THROTTLES = Set.of(
            "leader.replication.throttled.rate",
            "follower.replication.throttled.rate",
            "replica.alter.log.dirs.io.max.bytes.per.second");
    private static final Set<String> TOPIC_THROTTLES =
            Set.of("leader.replication.throttled.replicas", "follower.replication.throttled.replicas");

    @Option(names = "--generate", description = "Print a plan that moves topics to brokers; changes nothing.")
    private boolean generate;

    @Option(names = "--execute", description = "Start what the file says.")
    private boolean execute;

    @Option(names = "--verify", description = "Tell how far what the file says has come.")
    private boolean verify;

    @Option(names = "--cancel", description = "Take back what the file says and is not done.")
    private boolean cancel;

    @Option(names = "--list", description = "Show what is moving.")
    private boolean list;

    @Option(
            names = "--reassignment-json-file",
            paramLabel = "FILE",
            description = "Partitions with the replicas they are to have.")
    private @Nullable Path plan;

    @Option(names = "--topics-to-move-json-file", paramLabel = "FILE", description = "The topics to plan for.")
    private @Nullable Path topicsFile;

    @Option(names = "--broker-list", paramLabel = "ID,...", description = "The brokers to plan for.")
    private @Nullable String brokerIds;

    @Option(names = "--disable-rack-aware", description = "Plan as if there were no racks.")
    private boolean ignoreRacks;

    @Option(names = "--additional", description = "Start even while other partitions move.")
    private boolean additional;

    @Option(names = "--preserve-throttles", description = "Leave throttles that Kafka's tool has set alone.")
    private boolean preserveThrottles;

    @Option(names = "--throttle", paramLabel = "BYTES", description = "Refused: replication is not throttled.")
    private @Nullable Long throttle;

    @Option(
            names = "--replica-alter-log-dirs-throttle",
            paramLabel = "BYTES",
            description = "Refused, like --throttle.")
    private @Nullable Long dirThrottle;

    @Option(names = "--timeout", paramLabel = "MS", description = "Accepted for Kafka's sake.")
    private long timeoutMs;

    @Option(names = "--wait", description = "With --verify: wait until all is done.")
    private boolean wait;

    @Override
    void checkOptions() {
        requireOneAction(
                List.of(generate, execute, verify, cancel, list),
                "Command must include exactly one action: --generate, --execute, --verify, --cancel, --list");
        if (execute || verify || cancel) {
            require(plan, "reassignment-json-file");
        }
        if (generate) {
            require(topicsFile, "topics-to-move-json-file");
            require(brokerIds, "broker-list");
        }
        if (throttle != null && throttle >= 0 || dirThrottle != null && dirThrottle >= 0) {
            throw new ToolFailure(
                    "Replication cannot be throttled; leave --throttle away, and move fewer partitions at a time");
        }
    }

    @Override
    void reportFailure(String message) {
        line("Error: " + message);
    }

    @Override
    int run(Admin admin) {
        if (list) {
            list(admin);
            return 0;
        }
        if (generate) {
            generate(admin);
            return 0;
        }
        Map<TopicPartition, List<Integer>> targets = targets(require(plan, "reassignment-json-file"));
        if (targets.isEmpty()) {
            throw new ToolFailure("Partition reassignment list cannot be empty");
        }
        if (execute) {
            execute(admin, targets);
        } else if (verify) {
            verify(admin, targets);
        } else {
            cancel(admin, targets.keySet());
        }
        return 0;
    }

    /** The replicas that each partition is to have. */
    static Map<TopicPartition, List<Integer>> targets(Path file) {
        String what = "The file " + file;
        return PartitionsFile.read(file, item -> {
            List<Integer> replicas = ids(Json.member(item, "replicas"), what);
            if (replicas.isEmpty()) {
                throw new ToolFailure("Partition replica list cannot be empty: " + Json.write(item));
            }
            if (Set.copyOf(replicas).size() < replicas.size()) {
                throw new ToolFailure("Partition replica lists may not contain duplicate entries: " + Json.write(item));
            }
            for (Object dir : Json.items(Json.member(item, "log_dirs"))) {
                if (!dir.equals("any")) {
                    throw new ToolFailure(
                            what + " asks for the log directory " + dir
                                    + "; partitions cannot be moved between directories, so write \"any\" or leave log_dirs away");
                }
            }
            return replicas;
        });
    }

    private static List<Integer> ids(@Nullable Object list, String what) {
        List<Integer> ids = new ArrayList<>();
        for (Object id : Json.items(list)) {
            ids.add(Numbers.integer(String.valueOf(id), "broker id in " + what));
        }
        return ids;
    }

    private void list(Admin admin) {
        Map<TopicPartition, Reassignment> moving = await(admin.listReassignments());
        List<TopicPartition> sorted = ConsumerGroupsTool.sorted(moving.keySet());
        print(
                () -> sorted.stream()
                        .map(partition -> document(partition, moving.get(partition)))
                        .toList(),
                () -> {
                    if (sorted.isEmpty()) {
                        line("No partition reassignments found.");
                        return;
                    }
                    line("Current partition reassignments:");
                    for (TopicPartition partition : sorted) {
                        Reassignment one = moving.get(partition);
                        line(partition + ": replicas: " + joined(one.replicas()) + "."
                                + (one.adding().isEmpty() ? "" : " adding: " + joined(one.adding()) + ".")
                                + (one.removing().isEmpty() ? "" : " removing: " + joined(one.removing()) + "."));
                    }
                });
    }

    private static Map<String, Object> document(TopicPartition partition, Reassignment moving) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("topic", partition.topic());
        document.put("partition", partition.partition());
        document.put("replicas", moving.replicas());
        document.put("adding", moving.adding());
        document.put("removing", moving.removing());
        return document;
    }

    private static String joined(Collection<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** The file format that this tool reads and prints. */
    private static Map<String, Object> asPlan(Map<TopicPartition, List<Integer>> replicas) {
        List<Map<String, Object>> partitions = new ArrayList<>();
        for (TopicPartition partition : ConsumerGroupsTool.sorted(replicas.keySet())) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("topic", partition.topic());
            one.put("partition", partition.partition());
            one.put("replicas", replicas.get(partition));
            one.put(
                    "log_dirs",
                    replicas.get(partition).stream().map(id -> "any").toList());
            partitions.add(one);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("version", 1);
        document.put("partitions", partitions);
        return document;
    }

    private Map<TopicPartition, PartitionInfo> present(Admin admin, Collection<String> topics) {
        Map<TopicPartition, PartitionInfo> present = new LinkedHashMap<>();
        for (TopicInfo info : await(admin.describeTopics(topics)).values()) {
            info.partitions()
                    .forEach(partition ->
                            present.put(new TopicPartition(info.name(), partition.partition()), partition));
        }
        return present;
    }

    private void generate(Admin admin) {
        String what = "The file " + topicsFile;
        Set<String> topics = new LinkedHashSet<>();
        for (Object item : Json.items(
                Json.member(Json.read(text(require(topicsFile, "topics-to-move-json-file")), what), "topics"))) {
            String topic = String.valueOf(Json.member(item, "topic"));
            if (!topics.add(topic)) {
                throw new ToolFailure("List of topics to reassign contains duplicate entries: " + topic);
            }
        }
        List<Node> brokers = brokers(admin);
        Map<TopicPartition, List<Integer>> current = new LinkedHashMap<>();
        present(admin, topics).forEach((partition, info) -> current.put(partition, info.replicas()));
        Map<TopicPartition, List<Integer>> proposed = ReplicaPlan.spread(
                current, brokers, !ignoreRacks, ThreadLocalRandom.current().nextInt(brokers.size()));
        print(() -> Map.of("current", asPlan(current), "proposed", asPlan(proposed)), () -> {
            line("Current partition replica assignment\n" + Json.write(asPlan(current)) + "\n");
            line("Proposed partition reassignment configuration\n" + Json.write(asPlan(proposed)));
        });
    }

    private List<Node> brokers(Admin admin) {
        Map<Integer, Node> present =
                await(admin.describeCluster()).brokers().stream().collect(Collectors.toMap(Node::id, node -> node));
        Map<Integer, Node> chosen = new LinkedHashMap<>();
        for (String id : require(brokerIds, "broker-list").split(",")) {
            Node node = present.get(Numbers.integer(id.trim(), "broker id"));
            if (node == null) {
                throw new ToolFailure("Unknown broker id " + id.trim());
            }
            if (chosen.put(node.id(), node) != null) {
                throw new ToolFailure("Broker list contains duplicate entries: " + node.id());
            }
        }
        long racks =
                chosen.values().stream().filter(node -> node.rack() != null).count();
        if (!ignoreRacks && racks > 0 && racks < chosen.size()) {
            throw new ToolFailure(
                    "Not all brokers have rack information. Add --disable-rack-aware in command line to make "
                            + "replica assignment without rack information.");
        }
        return List.copyOf(chosen.values());
    }

    private void execute(Admin admin, Map<TopicPartition, List<Integer>> targets) {
        if (!additional && !await(admin.listReassignments()).isEmpty()) {
            throw new ToolFailure(
                    "Cannot execute because there is an existing partition assignment.  Use --additional to "
                            + "override this and create a new partition assignment in addition to the existing one.");
        }
        Set<Integer> live =
                await(admin.describeCluster()).brokers().stream().map(Node::id).collect(Collectors.toSet());
        targets.values()
                .forEach(replicas -> replicas.stream()
                        .filter(id -> !live.contains(id))
                        .findFirst()
                        .ifPresent(id -> {
                            throw new ToolFailure("Unknown broker id " + id);
                        }));
        Map<TopicPartition, PartitionInfo> present = present(admin, topics(targets.keySet()));
        Map<TopicPartition, List<Integer>> before = new LinkedHashMap<>();
        for (TopicPartition partition : targets.keySet()) {
            PartitionInfo info = present.get(partition);
            if (info == null) {
                throw new ToolFailure("Unable to find partition: " + partition);
            }
            before.put(partition, info.replicas());
        }
        if (!asJson()) {
            line("Current partition replica assignment\n\n" + Json.write(asPlan(before))
                    + "\n\nSave this to use as the --reassignment-json-file option during rollback");
        }
        Outcomes<TopicPartition, Void> started = await(admin.reassign(targets));
        refuseFailures(started, "Error reassigning partition(s):");
        print(
                () -> Map.of(
                        "started",
                        started.succeeded().stream().map(String::valueOf).toList(),
                        "before",
                        asPlan(before)),
                () -> line("Successfully started partition reassignment" + plural(targets.size()) + " for "
                        + names(targets.keySet())));
    }

    private static void refuseFailures(Outcomes<TopicPartition, Void> outcomes, String heading) {
        if (!outcomes.failures().isEmpty()) {
            throw new ToolFailure(heading + "\n"
                    + ConsumerGroupsTool.sorted(outcomes.failures().keySet()).stream()
                            .map(partition -> partition + ": "
                                    + reason(Objects.requireNonNull(
                                            outcomes.failures().get(partition))))
                            .collect(Collectors.joining("\n")));
        }
    }

    private static Set<String> topics(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::topic).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String names(Collection<TopicPartition> partitions) {
        return ConsumerGroupsTool.sorted(partitions).stream()
                .map(TopicPartition::toString)
                .collect(Collectors.joining(","));
    }

    private static String plural(int count) {
        return count == 1 ? "" : "s";
    }

    private void verify(Admin admin, Map<TopicPartition, List<Integer>> targets) {
        Set<TopicPartition> moving =
                await(admin.listReassignments(targets.keySet())).keySet();
        if (wait) {
            try (ProgressBar bar = new ProgressBar(screen(), targets.size(), "partitions")) {
                while (!moving.isEmpty()) {
                    LockSupport.parkNanos(WATCH_NS);
                    moving = await(admin.listReassignments(targets.keySet())).keySet();
                    bar.at(targets.size() - moving.size());
                }
            }
        }
        Map<TopicPartition, PartitionInfo> present = present(admin, topics(targets.keySet()));
        Map<String, String> states = new LinkedHashMap<>();
        for (TopicPartition partition : ConsumerGroupsTool.sorted(targets.keySet())) {
            PartitionInfo info = present.get(partition);
            List<Integer> replicas = info == null ? List.of() : info.replicas();
            states.put(
                    partition.toString(),
                    moving.contains(partition)
                            ? "Reassignment of partition " + partition + " is still in progress."
                            : replicas.equals(targets.get(partition))
                                    ? "Reassignment of partition " + partition + " is completed."
                                    : "There is no active reassignment of partition " + partition
                                            + ", but replica set is " + joined(replicas) + " rather than "
                                            + joined(targets.get(partition)) + ".");
        }
        print(() -> states, () -> {
            line("Status of partition reassignment:");
            states.values().forEach(this::line);
            line("");
        });
        if (moving.isEmpty() && !preserveThrottles) {
            clearThrottles(admin, topics(targets.keySet()));
        }
    }

    /** Takes away what {@code --throttle} of Kafka's tool may have set on the way. */
    private void clearThrottles(Admin admin, Set<String> topics) {
        List<Integer> brokers =
                await(admin.describeCluster()).brokers().stream().map(Node::id).toList();
        if (!asJson()) {
            line("Clearing broker-level throttles on broker" + plural(brokers.size()) + " " + joined(brokers));
        }
        brokers.forEach(id ->
                clear(admin, ConfigResource.broker(id), ConfigEntry.Source.DYNAMIC_BROKER_CONFIG, BROKER_THROTTLES));
        if (!asJson()) {
            line("Clearing topic-level throttles on topic" + plural(topics.size()) + " " + String.join(",", topics));
        }
        topics.forEach(topic ->
                clear(admin, ConfigResource.topic(topic), ConfigEntry.Source.DYNAMIC_TOPIC_CONFIG, TOPIC_THROTTLES));
    }

    private void clear(Admin admin, ConfigResource resource, ConfigEntry.Source source, Set<String> throttles) {
        List<ConfigChange> changes =
                Objects.requireNonNull(
                                await(admin.describeConfigs(List.of(resource))).get(resource))
                        .stream()
                        .filter(entry -> entry.source() == source && throttles.contains(entry.name()))
                        .map(entry -> ConfigChange.delete(entry.name()))
                        .toList();
        if (!changes.isEmpty()) {
            await(admin.alterConfigs(resource, changes));
        }
    }

    private void cancel(Admin admin, Set<TopicPartition> partitions) {
        Set<TopicPartition> moving = await(admin.listReassignments(partitions)).keySet();
        Outcomes<TopicPartition, Void> cancelled =
                moving.isEmpty() ? new Outcomes<>() : await(admin.cancelReassignments(moving));
        // One that has arrived meanwhile needs no way back.
        Set<TopicPartition> done = new LinkedHashSet<>(cancelled.succeeded());
        for (Map.Entry<TopicPartition, ClientException> failure :
                cancelled.failures().entrySet()) {
            if (failure.getValue().error() != ErrorCode.NO_REASSIGNMENT_IN_PROGRESS) {
                refuseFailures(
                        cancelled,
                        "Error cancelling partition reassignment"
                                + plural(cancelled.failures().size()) + " for:");
            }
        }
        print(() -> Map.of("cancelled", done.stream().map(String::valueOf).toList()), () -> {
            line(
                    done.isEmpty()
                            ? "None of the specified partition reassignments are active."
                            : "Successfully cancelled partition reassignment" + plural(done.size()) + " for: "
                                    + names(done));
            line("None of the specified partition moves are active.");
        });
        if (!preserveThrottles) {
            clearThrottles(admin, topics(partitions));
        }
    }
}

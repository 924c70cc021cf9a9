package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.Reassignment;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot.PartitionInfo;
import io.millrace.client.net.ClusterSnapshot.TopicInfo;
import io.millrace.client.net.Node;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
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
    private @Nullable Long timeoutMs;

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
        Map<String, Boolean> given = new LinkedHashMap<>();
        given.put("reassignment-json-file", plan != null && !execute && !verify && !cancel);
        given.put("topics-to-move-json-file", topicsFile != null && !generate);
        given.put("broker-list", brokerIds != null && !generate);
        given.put("disable-rack-aware", ignoreRacks && !generate);
        given.put("additional", additional && !execute);
        given.put("preserve-throttles", preserveThrottles && !verify && !cancel);
        given.put("throttle", throttle != null && !execute);
        given.put("replica-alter-log-dirs-throttle", dirThrottle != null && !execute);
        given.put("timeout", timeoutMs != null && !execute && !cancel);
        given.put("wait", wait && !verify);
        String action = execute ? "execute" : verify ? "verify" : cancel ? "cancel" : list ? "list" : "generate";
        given.forEach((option, senseless) -> {
            if (senseless) {
                throw wrong("Option \"[" + option + "]\" can't be used with action \"[" + action + "]\"");
            }
        });
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
        Map<TopicPartition, List<Integer>> targets = MovePlan.read(require(plan, "reassignment-json-file"));
        if (targets.isEmpty()) {
            throw new ToolFailure("Partition reassignment list cannot be empty");
        }
        if (execute) {
            return execute(admin, targets);
        }
        if (verify) {
            verify(admin, targets);
            return 0;
        }
        return cancel(admin, targets);
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

    /** The partitions of topics that must be there. */
    private Map<TopicPartition, PartitionInfo> present(Admin admin, Set<String> topics) {
        Set<String> known = await(admin.listTopics());
        for (String topic : topics) {
            if (!known.contains(topic)) {
                throw new ToolFailure("Topic " + topic + " not found.");
            }
        }
        Map<TopicPartition, PartitionInfo> present = new LinkedHashMap<>();
        for (TopicInfo info : topics.isEmpty()
                ? List.<TopicInfo>of()
                : await(admin.describeTopics(topics)).values()) {
            info.partitions()
                    .forEach(partition ->
                            present.put(new TopicPartition(info.name(), partition.partition()), partition));
        }
        return present;
    }

    private void generate(Admin admin) {
        Set<String> topics = MovePlan.topics(require(topicsFile, "topics-to-move-json-file"));
        List<Node> brokers = brokers(admin);
        Map<TopicPartition, List<Integer>> current = new LinkedHashMap<>();
        present(admin, topics).forEach((partition, info) -> current.put(partition, info.replicas()));
        Map<TopicPartition, List<Integer>> proposed = ReplicaPlan.spread(
                current, brokers, !ignoreRacks, ThreadLocalRandom.current().nextInt(brokers.size()));
        print(() -> Map.of("current", MovePlan.document(current), "proposed", MovePlan.document(proposed)), () -> {
            line("Current partition replica assignment\n" + Json.write(MovePlan.document(current)) + "\n");
            line("Proposed partition reassignment configuration\n" + Json.write(MovePlan.document(proposed)));
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
                throw new ToolFailure("Broker list contains duplicate entries: [" + node.id() + "]");
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

    private int execute(Admin admin, Map<TopicPartition, List<Integer>> targets) {
        if (!additional && !await(admin.listReassignments()).isEmpty()) {
            return refuse("Cannot execute because there is an existing partition assignment.  Use --additional to "
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
            line("Current partition replica assignment\n\n" + Json.write(MovePlan.document(before))
                    + "\n\nSave this to use as the --reassignment-json-file option during rollback");
        }
        Outcomes<TopicPartition, Void> started = await(admin.reassign(targets));
        if (!started.failures().isEmpty()) {
            return refuse("Error reassigning partition(s):" + reasons(started.failures()));
        }
        print(
                () -> Map.of(
                        "started",
                        started.succeeded().stream().map(String::valueOf).toList(),
                        "before",
                        MovePlan.document(before)),
                () -> line("Successfully started partition reassignment" + plural(targets.size()) + " for "
                        + names(targets.keySet())));
        return 0;
    }

    /** What Kafka's tool says without calling it an error, though it is one. */
    private int refuse(String message) {
        if (asJson()) {
            screen().note(message);
        } else {
            line(message);
        }
        return 1;
    }

    private static String reasons(Map<TopicPartition, ClientException> failures) {
        return ConsumerGroupsTool.sorted(failures.keySet()).stream()
                .map(partition -> "\n" + partition + ": " + reason(Objects.requireNonNull(failures.get(partition))))
                .collect(Collectors.joining());
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
        Set<TopicPartition> all = await(admin.listReassignments()).keySet();
        if (wait) {
            try (ProgressBar bar = new ProgressBar(screen(), targets.size(), "partitions")) {
                for (long left = left(targets, all); left > 0; left = left(targets, all)) {
                    bar.at(targets.size() - left);
                    LockSupport.parkNanos(WATCH_NS);
                    all = await(admin.listReassignments()).keySet();
                }
            }
        }
        Set<TopicPartition> moving = all;
        Set<String> topics = topics(targets.keySet());
        topics.retainAll(await(admin.listTopics()));
        Map<TopicPartition, PartitionInfo> present = present(admin, topics);
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
            clearThrottles(admin, targets, topics);
        }
    }

    private static long left(Map<TopicPartition, List<Integer>> targets, Set<TopicPartition> moving) {
        return targets.keySet().stream().filter(moving::contains).count();
    }

    private void clearThrottles(Admin admin, Map<TopicPartition, List<Integer>> targets, Set<String> topics) {
        Set<Integer> brokers = new TreeSet<>();
        await(admin.describeCluster()).brokers().forEach(node -> brokers.add(node.id()));
        targets.values().forEach(brokers::addAll);
        new ReplicationThrottles(admin, this).clear(brokers, topics);
    }

    private int cancel(Admin admin, Map<TopicPartition, List<Integer>> targets) {
        Set<TopicPartition> moving =
                await(admin.listReassignments(targets.keySet())).keySet();
        Outcomes<TopicPartition, Void> cancelled =
                moving.isEmpty() ? new Outcomes<>() : await(admin.cancelReassignments(moving));
        Map<TopicPartition, ClientException> failures = new LinkedHashMap<>(cancelled.failures());
        // One that has arrived meanwhile needs no way back.
        failures.values().removeIf(why -> why.error() == ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
        if (!failures.isEmpty()) {
            return refuse(
                    "Error cancelling partition reassignment" + plural(failures.size()) + " for:" + reasons(failures));
        }
        Set<TopicPartition> done = cancelled.succeeded();
        print(() -> Map.of("cancelled", done.stream().map(String::valueOf).toList()), () -> {
            line(
                    done.isEmpty()
                            ? "None of the specified partition reassignments are active."
                            : "Successfully cancelled partition reassignment" + plural(done.size()) + " for: "
                                    + names(done));
            line("None of the specified partition moves are active.");
        });
        if (!preserveThrottles) {
            clearThrottles(admin, targets, topics(targets.keySet()));
        }
        return 0;
    }
}

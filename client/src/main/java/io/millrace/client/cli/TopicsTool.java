package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.ConfigEntry;
import io.millrace.client.admin.ConfigResource;
import io.millrace.client.admin.NewTopic;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot.PartitionInfo;
import io.millrace.client.net.ClusterSnapshot.TopicInfo;
import io.millrace.client.net.Node;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code topics.sh}: creates, lists, describes, grows and deletes topics, as Kafka's {@code TopicCommand} does. */
@Command(
        description = "Creates, lists, describes, changes and deletes topics.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  topics.sh --bootstrap-server localhost:9092 --create --topic clicks --partitions 3 --replication-factor 1",
            "  topics.sh --bootstrap-server localhost:9092 --describe --topic clicks",
            "  topics.sh --bootstrap-server localhost:9092 --describe --under-replicated-partitions",
            "  topics.sh --bootstrap-server localhost:9092 --list --json"
        })
final class TopicsTool extends AdminTool {
    private static final String MIN_ISR = "min.insync.replicas";

    @Option(names = "--create", description = "Create a topic.")
    private boolean create;

    @Option(names = "--list", description = "List the topics.")
    private boolean list;

    @Option(names = "--describe", description = "Show topics with partitions, leaders and replicas.")
    private boolean describe;

    @Option(names = "--alter", description = "Raise the number of partitions.")
    private boolean alter;

    @Option(names = "--delete", description = "Delete topics with everything in them.")
    private boolean delete;

    @Option(
            names = "--topic",
            paramLabel = "TOPIC",
            description = "The topic; but for --create a regular expression of names.")
    private @Nullable String topic;

    @Option(names = "--topic-id", paramLabel = "ID", description = "The topic to describe, by its id.")
    private @Nullable String topicId;

    @Option(names = "--partitions", paramLabel = "COUNT", description = "How many; the cluster's default if absent.")
    private @Nullable Integer partitions;

    @Option(
            names = "--replication-factor",
            paramLabel = "COUNT",
            description = "Replicas of each partition; the cluster's default if absent.")
    private @Nullable Integer replicationFactor;

    @Option(
            names = "--replica-assignment",
            paramLabel = "ID:ID,ID:ID",
            description = "The brokers of each partition, by colons, preferred leader first; partitions by commas.")
    private @Nullable String replicaAssignment;

    @Option(names = "--config", paramLabel = "KEY=VALUE", description = "A setting of the new topic; may be repeated.")
    private List<String> configs = new ArrayList<>();

    @Option(
            names = "--delete-config",
            paramLabel = "KEY",
            description = "Not here: configs.sh changes settings of topics that exist.")
    private List<String> deleteConfigs = new ArrayList<>();

    @Option(names = "--if-exists", description = "Do nothing, in peace, if the topic does not exist.")
    private boolean ifExists;

    @Option(names = "--if-not-exists", description = "Do nothing, in peace, if the topic exists.")
    private boolean ifNotExists;

    @Option(names = "--exclude-internal", description = "Leave out the topics of the cluster itself.")
    private boolean excludeInternal;

    @Option(names = "--under-replicated-partitions", description = "Only those with a replica that lags or is away.")
    private boolean underReplicated;

    @Option(names = "--unavailable-partitions", description = "Only those without a leader.")
    private boolean unavailable;

    @Option(names = "--under-min-isr-partitions", description = "Only those that refuse acks=all.")
    private boolean underMinIsr;

    @Option(
            names = "--at-min-isr-partitions",
            description = "Only those that would refuse acks=all with one replica less.")
    private boolean atMinIsr;

    @Option(names = "--topics-with-overrides", description = "Only topics with settings of their own.")
    private boolean withOverrides;

    @Option(
            names = "--partition-size-limit-per-response",
            paramLabel = "COUNT",
            description = "Accepted for Kafka's sake; one answer has all partitions.")
    private @Nullable Integer partitionLimit;

    @Override
    void checkOptions() {
        requireOneAction(
                List.of(create, list, describe, alter, delete),
                "Command must include exactly one action: --list, --describe, --create, --alter or --delete");
        if (create || alter || delete) {
            require(topic, "topic");
        }
        String action = create ? "create" : list ? "list" : describe ? "describe" : alter ? "alter" : "delete";
        refuseSettings(action);
        if (alter) {
            require(partitions, "partitions");
        }
        refuse(partitions != null && !create && !alter, "partitions", action);
        refuse(replicationFactor != null && !create, "replication-factor", action);
        refuse(replicaAssignment != null && !create && !alter, "replica-assignment", action);
        if (create && replicaAssignment != null) {
            refuse(partitions != null, "replica-assignment", "partitions");
            refuse(replicationFactor != null, "replica-assignment", "replication-factor");
        }
        refuse(ifNotExists && !create, "if-not-exists", action);
        refuse(ifExists && (create || list), "if-exists", action);
        refuse(excludeInternal && !list && !describe, "exclude-internal", action);
        refuse(topicId != null && !describe, "topic-id", action);
        if (topicId != null && !isId(topicId)) {
            throw wrong("'" + topicId + "' is no id of a topic: --describe shows them, 22 letters and digits each");
        }
        filters().forEach((filter, given) -> {
            refuse(given && !describe, filter, action);
            refuse(given && withOverrides, filter, "topics-with-overrides");
        });
        refuse(withOverrides && !describe, "topics-with-overrides", action);
    }

    private static boolean isId(String text) {
        try {
            return Uuid.parse(text).toString().equals(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void refuseSettings(String action) {
        if (alter && !(configs.isEmpty() && deleteConfigs.isEmpty())) {
            throw wrong("Option \"[" + (configs.isEmpty() ? "delete-config" : "config")
                    + "]\" can't be used with option \"[alter]\"; configs.sh --alter --topic " + topic
                    + " changes the settings of a topic that exists");
        }
        refuse(!configs.isEmpty() && !create, "config", action);
        refuse(!deleteConfigs.isEmpty(), "delete-config", action);
    }

    /** Which partitions to show, by the names of the options. */
    private Map<String, Boolean> filters() {
        Map<String, Boolean> filters = new LinkedHashMap<>();
        filters.put("under-replicated-partitions", underReplicated);
        filters.put("under-min-isr-partitions", underMinIsr);
        filters.put("at-min-isr-partitions", atMinIsr);
        filters.put("unavailable-partitions", unavailable);
        return filters;
    }

    @Override
    void reportFailure(String message) {
        line("Error while executing topic command : " + message);
    }

    @Override
    int run(Admin admin) {
        if (create) {
            create(admin, require(topic, "topic"));
        } else if (list) {
            List<String> names = names(admin);
            print(() -> names, () -> line(String.join("\n", names)));
        } else if (describe) {
            describe(admin);
        } else if (alter) {
            alter(admin);
        } else {
            List<String> names = existing(admin);
            if (!names.isEmpty()) {
                await(admin.deleteTopics(names));
            }
            print(() -> Map.of("deleted", names), () -> {});
        }
        return 0;
    }

    private void create(Admin admin, String name) {
        if (!asJson() && (name.indexOf('.') >= 0 || name.indexOf('_') >= 0)) {
            line("WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could "
                    + "collide. To avoid issues it is best to use either, but not both.");
        }
        NewTopic wanted = replicaAssignment != null
                ? NewTopic.placed(name, assignment(replicaAssignment))
                : new NewTopic(name, orDefault(partitions), replicationFactor());
        if (partitions != null && partitions < 1) {
            throw new ToolFailure("The partitions must be greater than 0");
        }
        for (String config : configs) {
            String[] pair = config.split("\\s*=\\s*");
            if (pair.length != 2) {
                throw new ToolFailure(
                        "requirement failed: Invalid topic config: all configs to be added must be in the "
                                + "format \"key=val\".");
            }
            wanted = wanted.with(pair[0].trim(), pair[1].trim());
        }
        try {
            await(admin.createTopics(List.of(wanted)));
            print(() -> Map.of("created", name), () -> line("Created topic " + name + "."));
        } catch (ClientException e) {
            if (!ifNotExists || e.error() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw e;
            }
            print(() -> Map.of("existed", name), () -> {});
        }
    }

    private static int orDefault(@Nullable Integer count) {
        return count == null ? -1 : count;
    }

    private int replicationFactor() {
        if (replicationFactor != null && (replicationFactor < 1 || replicationFactor > Short.MAX_VALUE)) {
            throw new ToolFailure("The replication factor must be between 1 and " + Short.MAX_VALUE + " inclusive");
        }
        return orDefault(replicationFactor);
    }

    /** Broker ids by partition, of {@code 1:2,2:3}. */
    static Map<Integer, List<Integer>> assignment(String text) {
        Map<Integer, List<Integer>> assignment = new TreeMap<>();
        for (String replicas : text.split(",")) {
            List<Integer> brokers = new ArrayList<>();
            Set<Integer> twice = new HashSet<>();
            for (String id : replicas.split(":")) {
                Integer broker = Numbers.integer(id.trim(), "broker id");
                if (brokers.contains(broker)) {
                    twice.add(broker);
                }
                brokers.add(broker);
            }
            if (!twice.isEmpty()) {
                throw new ToolFailure("Partition replica lists may not contain duplicate entries: " + joined(twice));
            }
            int partition = assignment.size();
            assignment.put(partition, brokers);
            if (brokers.size() != assignment.get(0).size()) {
                throw new ToolFailure("Partition " + partition + " has different replication factor: " + brokers);
            }
        }
        return assignment;
    }

    private void alter(Admin admin) {
        int wanted = require(partitions, "partitions");
        List<String> names = existing(admin);
        Map<String, TopicInfo> known =
                replicaAssignment == null || names.isEmpty() ? Map.of() : await(admin.describeTopics(names));
        for (String name : names) {
            if (replicaAssignment == null) {
                await(admin.createPartitions(name, wanted));
            } else {
                List<List<Integer>> all =
                        List.copyOf(assignment(replicaAssignment).values());
                int present = Math.min(all.size(), known.get(name).partitions().size());
                await(admin.createPartitions(name, wanted, all.subList(present, all.size())));
            }
        }
        print(() -> Map.of("altered", names), () -> {});
    }

    /** The topics meant, in order. */
    private List<String> names(Admin admin) {
        TopicFilter filter = topic == null ? null : TopicFilter.of(topic);
        return await(admin.listTopics()).stream()
                .filter(name -> filter == null || filter.matches(name))
                .filter(name -> !excludeInternal || !TopicFilter.isInternal(name))
                .toList();
    }

    /** The topics meant, of which there must be one unless {@code --if-exists} says otherwise. */
    private List<String> existing(Admin admin) {
        List<String> names = names(admin);
        if (names.isEmpty() && topic != null && !topic.isEmpty() && !ifExists) {
            throw new ToolFailure("Topic '" + topic + "' does not exist as expected");
        }
        return names;
    }

    private void describe(Admin admin) {
        List<String> names = topicId == null
                ? existing(admin)
                : await(admin.listTopics()).stream().toList();
        Collection<TopicInfo> topics =
                names.isEmpty() ? List.of() : await(admin.describeTopics(names)).values();
        if (topicId != null) {
            topics = topics.stream()
                    .filter(info -> info.id().toString().equals(topicId))
                    .toList();
            if (topics.isEmpty() && !ifExists) {
                throw new ToolFailure("TopicId '" + topicId + "' does not exist as expected");
            }
        }
        Map<ConfigResource, List<ConfigEntry>> settings = await(admin.describeConfigs(
                topics.stream().map(info -> ConfigResource.topic(info.name())).toList()));
        Set<Integer> live =
                await(admin.describeCluster()).brokers().stream().map(Node::id).collect(Collectors.toSet());
        List<Described> shown = new ArrayList<>();
        for (TopicInfo info : topics) {
            Described described = new Described(info, settings.get(ConfigResource.topic(info.name())), live);
            if (!withOverrides || !described.overrides().isEmpty()) {
                shown.add(described);
            }
        }
        print(() -> shown.stream().map(this::document).toList(), () -> {
            if (screen().isTerminal() && !withOverrides) {
                table(shown);
            } else {
                shown.forEach(this::text);
            }
        });
    }

    private boolean anyFilter() {
        return filters().containsValue(true);
    }

    private boolean wanted(Described topic, PartitionInfo partition) {
        return !anyFilter()
                || underReplicated && topic.isUnderReplicated(partition)
                || unavailable && !topic.hasLeader(partition)
                || underMinIsr && topic.isUnderMinIsr(partition)
                || atMinIsr && partition.isr().size() == topic.minIsr();
    }

    private void text(Described topic) {
        TopicInfo info = topic.info();
        if (!anyFilter()) {
            line("Topic: " + info.name()
                    + (info.id().equals(Uuid.ZERO) ? "" : "\tTopicId: " + info.id())
                    + "\tPartitionCount: " + info.partitions().size()
                    + "\tReplicationFactor: " + topic.replicationFactor()
                    + "\tConfigs: " + topic.settingsText());
        }
        if (withOverrides) {
            return;
        }
        for (PartitionInfo partition : info.partitions()) {
            if (wanted(topic, partition)) {
                line("\tTopic: " + info.name()
                        + "\tPartition: " + partition.partition()
                        + "\tLeader: " + leader(partition)
                        + "\tReplicas: " + joined(partition.replicas())
                        + "\tIsr: " + joined(partition.isr())
                        + "\tElr: N/A\tLastKnownElr: N/A");
            }
        }
    }

    private void table(List<Described> topics) {
        for (Described topic : topics) {
            if (!anyFilter()) {
                line(screen().styled(Screen.Style.BOLD, topic.info().name())
                        + screen().styled(
                                        Screen.Style.FAINT, "  " + topic.info().id() + "  " + topic.settingsText()));
            }
            TextTable table = new TextTable("TOPIC", "PARTITION", "LEADER", "REPLICAS", "ISR");
            for (PartitionInfo partition : topic.info().partitions()) {
                if (wanted(topic, partition)) {
                    table.markedRow(
                            topic.isUnderReplicated(partition) || !topic.hasLeader(partition),
                            topic.info().name(),
                            partition.partition(),
                            leader(partition),
                            joined(partition.replicas()),
                            joined(partition.isr()));
                }
            }
            table.print(screen());
        }
    }

    private Map<String, Object> document(Described topic) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("topic", topic.info().name());
        document.put("topicId", topic.info().id().toString());
        document.put("partitionCount", topic.info().partitions().size());
        document.put("replicationFactor", topic.replicationFactor());
        Map<String, Object> settings = new LinkedHashMap<>();
        topic.overrides().forEach(entry -> settings.put(entry.name(), String.valueOf(entry.value())));
        document.put("configs", settings);
        List<Map<String, Object>> partitions = new ArrayList<>();
        for (PartitionInfo partition : topic.info().partitions()) {
            if (wanted(topic, partition)) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("partition", partition.partition());
                one.put("leader", partition.leaderId());
                one.put("replicas", partition.replicas());
                one.put("isr", partition.isr());
                partitions.add(one);
            }
        }
        document.put("partitions", partitions);
        return document;
    }

    private static String leader(PartitionInfo partition) {
        return partition.leaderId() < 0 ? "none" : String.valueOf(partition.leaderId());
    }

    private static String joined(Collection<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** A topic with what its filters ask about. */
    private record Described(TopicInfo info, List<ConfigEntry> settings, Set<Integer> live) {

        /**
         * In the order in which Kafka's tool prints them, which keeps what it was answered in a hash map: whoever compares
         * what the tools say is to find no difference. Strings have the same hash everywhere.
         */
        List<ConfigEntry> overrides() {
            Map<String, ConfigEntry> asKafkaKeepsThem = new HashMap<>();
            settings.forEach(entry -> asKafkaKeepsThem.put(entry.name(), entry));
            return asKafkaKeepsThem.values().stream()
                    .filter(entry -> !entry.isDefault())
                    .toList();
        }

        String settingsText() {
            return overrides().stream()
                    .map(entry -> entry.name() + "=" + entry.value())
                    .collect(Collectors.joining(","));
        }

        int replicationFactor() {
            return info.partitions().isEmpty()
                    ? 0
                    : info.partitions().get(0).replicas().size();
        }

        int minIsr() {
            return settings.stream()
                    .filter(entry -> entry.name().equals(MIN_ISR))
                    .map(entry -> Integer.parseInt(String.valueOf(entry.value())))
                    .findFirst()
                    .orElse(1);
        }

        boolean hasLeader(PartitionInfo partition) {
            return live.contains(partition.leaderId());
        }

        boolean isUnderReplicated(PartitionInfo partition) {
            return partition.replicas().size() > partition.isr().size();
        }

        boolean isUnderMinIsr(PartitionInfo partition) {
            return partition.leaderId() < 0 || partition.isr().size() < minIsr();
        }
    }
}

package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.ListedOffset;
import io.millrace.client.admin.OffsetSpec;
import io.millrace.client.net.ClusterSnapshot.PartitionInfo;
import io.millrace.client.net.ClusterSnapshot.TopicInfo;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code get-offsets.sh}: shows offsets of partitions, as Kafka's {@code GetOffsetShell} does. */
@Command(
        description = "Shows the first, the last or any other offset of partitions.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  get-offsets.sh --bootstrap-server localhost:9092 --topic clicks",
            "  get-offsets.sh --bootstrap-server localhost:9092 --topic clicks --time earliest",
            "  get-offsets.sh --bootstrap-server localhost:9092 --topic-partitions 'cli.*:0-2,orders'"
        })
final class GetOffsetsTool extends AdminTool {
    @Option(names = "--broker-list", paramLabel = "HOST:PORT,...", description = "The old name of --bootstrap-server.")
    private @Nullable String brokerList;

    @Option(names = "--topic", paramLabel = "REGEX", description = "Only topics whose name matches.")
    private @Nullable String topic;

    @Option(names = "--partitions", paramLabel = "NUMBER,...", description = "Only these partitions.")
    private @Nullable String partitions;

    @Option(
            names = "--topic-partitions",
            paramLabel = "REGEX:RANGE,...",
            description = "Only these: a pattern of topics, and a partition, or a range without its end.")
    private @Nullable String topicPartitions;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            description =
                    "latest (or -1), earliest (-2), max-timestamp (-3), earliest-local (-4), latest-tiered (-5), or the "
                            + "first record of a time in ms since 1970.")
    private String time = "latest";

    @Option(names = "--exclude-internal-topics", description = "Leave out the topics of the cluster itself.")
    private boolean excludeInternal;

    @Override
    @Nullable
    String brokerList() {
        return brokerList;
    }

    @Override
    void checkOptions() {
        if (topicPartitions != null && (topic != null || partitions != null)) {
            throw wrong("--topic-partitions cannot be used with --topic or --partitions");
        }
        spec();
    }

    @Override
    void reportFailure(String message) {
        super.reportFailure("Error occurred: " + message);
    }

    private OffsetSpec spec() {
        return switch (time) {
            case "latest", "-1" -> OffsetSpec.latest();
            case "earliest", "-2" -> OffsetSpec.earliest();
            case "max-timestamp", "-3" -> OffsetSpec.maxTimestamp();
            case "earliest-local", "-4" -> OffsetSpec.earliestLocal();
            case "latest-tiered", "-5" -> OffsetSpec.latestTiered();
            default -> {
                if (!time.matches("[0-9]{1,18}")) {
                    throw new ToolFailure(
                            "Malformed time argument " + time + ". Please use -1 or latest / -2 or earliest / -3 "
                                    + "or max-timestamp / -4 or earliest-local / -5 or latest-tiered, or a specified long format "
                                    + "timestamp");
                }
                yield OffsetSpec.forTimestamp(Long.parseLong(time));
            }
        };
    }

    @Override
    int run(Admin admin) {
        PartitionFilter filter =
                topicPartitions != null ? PartitionFilter.of(topicPartitions) : PartitionFilter.of(topic, partitions);
        Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
        for (TopicInfo info : await(admin.describeTopics()).values()) {
            for (PartitionInfo partition : info.partitions()) {
                if (filter.test(info.name(), partition.partition())
                        && !(excludeInternal && TopicFilter.isInternal(info.name()))) {
                    wanted.put(new TopicPartition(info.name(), partition.partition()), spec());
                }
            }
        }
        if (wanted.isEmpty()) {
            throw new ToolFailure("Could not match any topic-partitions with the specified filters");
        }
        Outcomes<TopicPartition, ListedOffset> offsets = await(admin.listOffsets(wanted));
        offsets.failures()
                .forEach((partition, why) -> screen().note("Skip getting offsets for topic-partition " + partition
                        + " due to error: " + reason(why)));
        List<Map.Entry<TopicPartition, ListedOffset>> found = offsets.values().entrySet().stream()
                .filter(entry -> entry.getValue().exists())
                .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
                .toList();
        print(
                () -> found.stream().map(GetOffsetsTool::document).toList(),
                () -> found.forEach(entry -> line(entry.getKey().topic() + ":"
                        + entry.getKey().partition() + ":" + entry.getValue().offset())));
        return offsets.failures().isEmpty() ? 0 : 1;
    }

    private static Map<String, Object> document(Map.Entry<TopicPartition, ListedOffset> entry) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("topic", entry.getKey().topic());
        document.put("partition", entry.getKey().partition());
        document.put("offset", entry.getValue().offset());
        return document;
    }

    /** Partitions that one of several rules means. */
    record PartitionFilter(List<Rule> rules) {

        /** @param to exclusive */
        record Rule(@Nullable TopicFilter topics, int from, int to) {}

        /** Patterns of topics, each with a partition or a range: {@code a.*:0,b:1-3,c:2-,d}. */
        static PartitionFilter of(String text) {
            List<Rule> rules = new ArrayList<>();
            for (String rule : text.split(",")) {
                int colon = rule.lastIndexOf(':');
                String topic = colon < 0 ? rule : rule.substring(0, colon);
                String range = colon < 0 ? "-" : rule.substring(colon + 1);
                int dash = range.indexOf('-');
                int from = dash == 0 ? 0 : Numbers.integer(dash < 0 ? range : range.substring(0, dash), "partition");
                int to = dash < 0
                        ? from + 1
                        : dash == range.length() - 1
                                ? Integer.MAX_VALUE
                                : Numbers.integer(range.substring(dash + 1), "partition");
                rules.add(new Rule(topic.isEmpty() ? null : TopicFilter.of(topic), from, to));
            }
            return new PartitionFilter(rules);
        }

        static PartitionFilter of(@Nullable String topic, @Nullable String partitions) {
            TopicFilter topics = topic == null ? null : TopicFilter.of(topic);
            if (partitions == null) {
                return new PartitionFilter(List.of(new Rule(topics, 0, Integer.MAX_VALUE)));
            }
            if (!partitions.matches("[0-9]{1,9}(,[0-9]{1,9})*")) {
                throw new ToolFailure(
                        "--partitions expects a comma separated list of numeric partition ids, but received: "
                                + partitions);
            }
            List<Rule> rules = new ArrayList<>();
            for (String number : partitions.split(",")) {
                int partition = Numbers.integer(number, "partition");
                rules.add(new Rule(topics, partition, partition + 1));
            }
            return new PartitionFilter(rules);
        }

        boolean test(String topic, int partition) {
            return rules.stream()
                    .anyMatch(rule -> partition >= rule.from()
                            && partition < rule.to()
                            && (rule.topics() == null || rule.topics().matches(topic)));
        }
    }
}

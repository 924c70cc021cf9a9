package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.ElectionType;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code leader-election.sh}: lets partitions elect a leader, as Kafka's {@code LeaderElectionCommand} does. */
@Command(
        description = "Elects leaders: the preferred one, or, at the price of records, any that lives.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  leader-election.sh --bootstrap-server localhost:9092 --election-type preferred --all-topic-partitions",
            "  leader-election.sh --bootstrap-server localhost:9092 --election-type unclean --topic clicks --partition 0"
        })
final class LeaderElectionTool extends AdminTool {
    @Option(names = "--election-type", paramLabel = "TYPE", description = "preferred, or unclean.")
    private @Nullable String type;

    @Option(names = "--topic", paramLabel = "TOPIC", description = "The topic, with --partition.")
    private @Nullable String topic;

    @Option(names = "--partition", paramLabel = "NUMBER", description = "The partition of the topic.")
    private @Nullable Integer partition;

    @Option(
            names = "--path-to-json-file",
            paramLabel = "FILE",
            description = "Partitions, as {\"partitions\":[{\"topic\":...,\"partition\":...}]}.")
    private @Nullable Path file;

    @Option(names = "--all-topic-partitions", description = "Every partition that needs it.")
    private boolean all;

    @Option(names = "--admin.config", paramLabel = "FILE", description = "The old name of --command-config.")
    private @Nullable Path adminConfig;

    @Override
    @Nullable
    Path otherConfig() {
        return adminConfig;
    }

    @Override
    void checkOptions() {
        election();
        if (List.of(topic != null, file != null, all).stream()
                        .filter(Boolean::booleanValue)
                        .count()
                != 1) {
            throw wrong(
                    "One and only one of the following options is required: topic, all-topic-partitions, path-to-json-file");
        }
        if ((topic == null) != (partition == null)) {
            throw wrong(
                    topic == null
                            ? "Option partition is only allowed if topic is used"
                            : "Missing required option(s): partition");
        }
    }

    private ElectionType election() {
        String wanted = require(type, "election-type");
        for (ElectionType candidate : ElectionType.values()) {
            if (candidate.name().toLowerCase(Locale.ROOT).equals(wanted.toLowerCase(Locale.ROOT))) {
                return candidate;
            }
        }
        throw wrong("Cannot parse argument '" + type + "' of option election-type");
    }

    @Override
    int run(Admin admin) {
        ElectionType election = election();
        Outcomes<TopicPartition, Boolean> outcomes =
                await(all ? admin.electLeaders(election) : admin.electLeaders(election, partitions()));
        Map<Boolean, List<TopicPartition>> done = outcomes.values().entrySet().stream()
                .collect(Collectors.partitioningBy(
                        Map.Entry::getValue, Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
        print(() -> outcome(outcomes), () -> {
            if (!done.get(true).isEmpty()) {
                line("Successfully completed leader election (" + election + ") for partitions "
                        + names(done.get(true)));
            }
            if (!done.get(false).isEmpty()) {
                line("Valid replica already elected for partitions " + names(done.get(false)));
            }
            Map<String, ClientException> failures = new TreeMap<>();
            outcomes.failures().forEach((partition, why) -> failures.put(partition.toString(), why));
            failures.forEach((partition, why) -> line("Error completing leader election (" + election
                    + ") for partition: " + partition + ": " + reason(why)));
        });
        if (!outcomes.failures().isEmpty()) {
            throw new ToolFailure(outcomes.failures().size() + " replica(s) could not be elected");
        }
        return 0;
    }

    private Collection<TopicPartition> partitions() {
        return file != null
                ? PartitionsFile.read(file, item -> true).keySet()
                : List.of(new TopicPartition(require(topic, "topic"), require(partition, "partition")));
    }

    private static String names(Collection<TopicPartition> partitions) {
        return ConsumerGroupsTool.sorted(partitions).stream()
                .map(TopicPartition::toString)
                .collect(Collectors.joining(", "));
    }
}

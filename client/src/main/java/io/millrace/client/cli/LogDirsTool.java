package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.LogDir;
import io.millrace.client.net.Node;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code log-dirs.sh}: shows where logs lie and how large they are, as Kafka's {@code LogDirsCommand} does. */
@Command(
        description = "Shows the log directories of brokers, with the size of each log in them.",
        footerHeading = "%nExample:%n",
        footer = "  log-dirs.sh --bootstrap-server localhost:9092 --describe --broker-list 1,2 --topic-list clicks")
final class LogDirsTool extends AdminTool {
    @Option(names = "--describe", description = "Show them; there is nothing else to do.")
    private boolean describe;

    @Option(names = "--broker-list", paramLabel = "ID,...", split = ",", description = "Only of these brokers.")
    private List<String> brokers = new ArrayList<>();

    @Option(names = "--topic-list", paramLabel = "TOPIC,...", split = ",", description = "Only of these topics.")
    private Set<String> topics = new TreeSet<>();

    @Override
    void checkOptions() {
        require(describe ? Boolean.TRUE : null, "describe");
    }

    @Override
    int run(Admin admin) {
        Set<Integer> present = await(admin.describeCluster()).brokers().stream()
                .map(Node::id)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<Integer> wanted = brokers.isEmpty() ? present : new TreeSet<>();
        brokers.stream().filter(id -> !id.isBlank()).forEach(id -> wanted.add(Numbers.integer(id.trim(), "broker id")));
        Set<Integer> absent = new TreeSet<>(wanted);
        absent.removeAll(present);
        if (!absent.isEmpty()) {
            throw new ToolFailure("ERROR: The given brokers do not exist from --broker-list: " + joined(absent)
                    + ". Current existent brokers: " + joined(present));
        }
        if (!asJson()) {
            line("Querying brokers for log directories information");
            screen().out().flush();
        }
        Map<Integer, List<LogDir>> dirs = await(admin.describeLogDirs(wanted)).orThrow();
        List<Map<String, Object>> described = new ArrayList<>();
        dirs.forEach((broker, of) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("broker", broker);
            one.put("logDirs", of.stream().map(this::document).toList());
            described.add(one);
        });
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("brokers", described);
        document.put("version", 1);
        if (!asJson()) {
            line("Received log directory information from brokers " + joined(wanted));
        }
        line(Json.write(document));
        return 0;
    }

    private static String joined(Set<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private Map<String, @Nullable Object> document(LogDir dir) {
        List<Map<String, Object>> partitions = new ArrayList<>();
        dir.replicas().forEach((partition, replica) -> add(partitions, partition, replica, false));
        dir.futureReplicas().forEach((partition, replica) -> add(partitions, partition, replica, true));
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("partitions", partitions);
        document.put("error", dir.failure() == null ? null : reason(dir.failure()));
        document.put("logDir", dir.path());
        return document;
    }

    private void add(List<Map<String, Object>> to, TopicPartition partition, LogDir.Replica replica, boolean future) {
        if (topics.isEmpty() || topics.contains(partition.topic())) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("partition", partition.toString());
            one.put("size", replica.bytes());
            one.put("offsetLag", replica.offsetLag());
            one.put("isFuture", future);
            to.add(one);
        }
    }
}

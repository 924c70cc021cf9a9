package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.GroupDescription;
import io.millrace.client.admin.GroupListing;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code consumer-groups.sh}: lists, describes, resets and deletes groups, as Kafka's {@code ConsumerGroupCommand} does. */
@Command(
        description = "Lists groups, shows how far they have come, sets how far they have come, deletes them.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  consumer-groups.sh --bootstrap-server localhost:9092 --list --state",
            "  consumer-groups.sh --bootstrap-server localhost:9092 --describe --group billing",
            "  consumer-groups.sh --bootstrap-server localhost:9092 --describe --group billing --members --verbose",
            "  consumer-groups.sh --bootstrap-server localhost:9092 --reset-offsets --group billing --topic clicks \\",
            "      --to-earliest --dry-run",
            "  consumer-groups.sh --bootstrap-server localhost:9092 --reset-offsets --group billing --topic clicks:0,2 \\",
            "      --shift-by -100 --execute",
            "  consumer-groups.sh --bootstrap-server localhost:9092 --delete --group billing"
        })
final class ConsumerGroupsTool extends AdminTool {
    private static final List<String> STATES =
            List.of("PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling");
    private static final List<String> TYPES = List.of("Classic", "Consumer");
    private static final String CONSUMERS = "consumer";

    @Option(names = "--list", description = "List the groups.")
    private boolean list;

    @Option(names = "--describe", description = "Show groups: offsets and lag, --members or --state.")
    private boolean describe;

    @Option(names = "--reset-offsets", description = "Set how far groups without members have come.")
    private boolean reset;

    @Option(names = "--delete", description = "Delete groups without members.")
    private boolean delete;

    @Option(names = "--delete-offsets", description = "Forget how far a group has come in topics.")
    private boolean deleteOffsets;

    @Option(names = "--group", paramLabel = "GROUP", description = "The group; may be repeated.")
    private List<String> groups = new ArrayList<>();

    @Option(names = "--all-groups", description = "All groups.")
    private boolean allGroups;

    @Option(
            names = "--topic",
            paramLabel = "TOPIC[:P,P]",
            description = "A topic, or some partitions of it; may be repeated.")
    private List<String> topics = new ArrayList<>();

    @Option(names = "--all-topics", description = "Every topic in which the group has an offset.")
    private boolean allTopics;

    @Option(names = "--offsets", description = "With --describe: offsets and lag, which is also what it does without.")
    private boolean offsets;

    @Option(names = "--members", description = "With --describe: the members.")
    private boolean members;

    @Option(
            names = "--state",
            arity = "0..1",
            fallbackValue = "",
            paramLabel = "STATE,...",
            description = "With --describe: the state. With --list: with states, or only groups in these.")
    private @Nullable String state;

    @Option(
            names = "--type",
            arity = "0..1",
            fallbackValue = "",
            paramLabel = "TYPE,...",
            description = "With --list: with types, or only groups of these: classic, consumer.")
    private @Nullable String type;

    @Option(names = "--verbose", description = "With --members: what each reads.")
    private boolean verbose;

    @ArgGroup
    private @Nullable Target target;

    @Option(names = "--dry-run", description = "Show what --reset-offsets would do; the default.")
    private boolean dryRun;

    @Option(names = "--execute", description = "Let --reset-offsets do it.")
    private boolean execute;

    @Option(names = "--export", description = "Print the new offsets as lines for --from-file.")
    private boolean export;

    @Option(names = "--timeout", paramLabel = "MS", description = "Accepted for Kafka's sake.")
    private long timeoutMs;

    /** Where {@code --reset-offsets} goes. */
    static final class Target {
        @Option(names = "--to-earliest", description = "To the oldest record.")
        boolean earliest;

        @Option(names = "--to-latest", description = "Behind the newest record.")
        boolean latest;

        @Option(names = "--to-current", description = "To where it is.")
        boolean current;

        @Option(names = "--to-offset", paramLabel = "OFFSET", description = "To an offset.")
        @Nullable
        Long offset;

        @Option(names = "--shift-by", paramLabel = "COUNT", description = "Forward, or back if negative.")
        @Nullable
        Long shift;

        @Option(
                names = "--to-datetime",
                paramLabel = "TIME",
                description = "To a time: YYYY-MM-DDTHH:mm:SS.sss, in UTC.")
        @Nullable
        String datetime;

        @Option(names = "--by-duration", paramLabel = "PnDTnHnMnS", description = "To so long ago.")
        @Nullable
        String duration;

        @Option(names = "--from-file", paramLabel = "FILE", description = "To what lines topic,partition,offset say.")
        @Nullable
        Path file;
    }

    @Override
    void checkOptions() {
        requireOneAction(
                List.of(list, describe, reset, delete, deleteOffsets),
                "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets");
        if (list) {
            refuse(!groups.isEmpty(), "group", "list");
            refuse(!topics.isEmpty(), "topic", "list");
            return;
        }
        boolean anyGroup = allGroups || !groups.isEmpty();
        if (!anyGroup && !deleteOffsets) {
            throw wrong("Option [" + (describe ? "describe" : delete ? "delete" : "reset-offsets")
                    + "] takes one of these options: [all-groups], [group]");
        }
        if (delete && !topics.isEmpty()) {
            throw wrong("The consumer does not support topic-specific offset deletion from a consumer group.");
        }
        if (deleteOffsets && (groups.isEmpty() || topics.isEmpty())) {
            throw wrong("Option [delete-offsets] takes the following options: [topic], [group]");
        }
        refuse(allGroups && !groups.isEmpty(), "group", "all-groups");
        if (deleteOffsets && groups.size() > 1) {
            throw wrong("Option [delete-offsets] takes the offsets of one group, so --group cannot be repeated");
        }
        if (describe) {
            checkDescribe();
        }
        if (reset) {
            checkReset();
        }
    }

    private void checkDescribe() {
        if (List.of(offsets, members, state != null).stream()
                        .filter(Boolean::booleanValue)
                        .count()
                > 1) {
            throw wrong("Option [describe] takes at most one of these options: [members], [offsets], [state]");
        }
        if (state != null && !state.isEmpty()) {
            throw wrong("Option [describe] does not take a value for [state]");
        }
        refuse(!topics.isEmpty(), "topic", "describe");
    }

    private void checkReset() {
        if (dryRun && execute) {
            throw wrong("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
        }
        if (target == null) {
            throw wrong("Option [reset-offsets] takes one of these options: [by-duration], [from-file], [shift-by], "
                    + "[to-current], [to-datetime], [to-earliest], [to-latest], [to-offset]");
        }
        // Kafka's tool takes all topics then, which is more than whoever names one can be sure to want.
        refuse(allTopics && !topics.isEmpty(), "topic", "all-topics");
        if (target.file == null && topics.isEmpty() && !allTopics) {
            throw wrong("One of the reset scopes should be defined: --all-topics, --topic.");
        }
    }

    @Override
    void reportFailure(String message) {
        line("\nError: Executing consumer group command failed due to " + message);
    }

    @Override
    int run(Admin admin) {
        if (list) {
            list(admin);
            return 0;
        }
        if (describe) {
            return describe(admin, ids(admin));
        }
        if (reset) {
            return reset(admin);
        }
        return delete ? delete(admin, ids(admin)) : deleteOffsets(admin);
    }

    private List<String> ids(Admin admin) {
        return allGroups
                ? listings(admin, List.of(), List.of()).stream()
                        .map(GroupListing::groupId)
                        .toList()
                : groups;
    }

    private List<GroupListing> listings(Admin admin, Collection<String> states, Collection<String> types) {
        return await(admin.listGroups(states, types)).stream()
                .filter(group ->
                        group.protocolType().isEmpty() || group.protocolType().equals(CONSUMERS))
                .toList();
    }

    private void list(Admin admin) {
        List<String> states = chosen(state, STATES, "state");
        List<String> types = chosen(type, TYPES, "types");
        List<GroupListing> found = listings(admin, states, types);
        print(() -> found.stream().map(ConsumerGroupsTool::document).toList(), () -> {
            if (state == null && type == null) {
                found.forEach(group -> line(group.groupId()));
                return;
            }
            int width = 10
                    + found.stream().mapToInt(group -> group.groupId().length()).reduce(15, Math::max);
            String format = "%-" + width + "s" + (type == null ? "" : " %-20s") + (state == null ? "" : " %-20s");
            line(row(format, "GROUP", "TYPE", "STATE"));
            found.forEach(group -> line(row(format, group.groupId(), typeName(group), group.state())));
        });
    }

    /** A line of the list, of whose columns the last two may not be wanted. */
    private String row(String format, String group, String type, String state) {
        List<String> cells = new ArrayList<>(List.of(group));
        if (this.type != null) {
            cells.add(type);
        }
        if (this.state != null) {
            cells.add(state);
        }
        return String.format(format, cells.toArray());
    }

    private static String typeName(GroupListing group) {
        return group.type().isEmpty()
                ? "Unknown"
                : group.type().substring(0, 1).toUpperCase(Locale.ROOT)
                        + group.type().substring(1).toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> document(GroupListing group) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("group", group.groupId());
        document.put("type", typeName(group));
        document.put("state", group.state());
        return document;
    }

    private List<String> chosen(@Nullable String text, List<String> known, String what) {
        if (text == null || text.isBlank()) {
            return List.of();
        }
        List<String> chosen = new ArrayList<>();
        for (String one : text.split(",")) {
            chosen.add(known.stream()
                    .filter(candidate -> candidate.equalsIgnoreCase(one.trim()))
                    .findFirst()
                    .orElseThrow(() -> wrong("Invalid " + what + " list '" + text + "'. Valid "
                            + (what.equals("state") ? "states" : what) + " are: " + String.join(", ", known))));
        }
        return chosen;
    }

    private int describe(Admin admin, List<String> ids) {
        Outcomes<String, GroupDescription> described = await(admin.describeGroups(ids));
        GroupReport report = new GroupReport(screen(), admin, this);
        List<Map<String, Object>> documents = new ArrayList<>();
        boolean allThere = true;
        for (GroupDescription group : described.orThrow().values()) {
            allThere &= group.exists();
            if (!asJson()) {
                describe(group, report);
            } else if (group.exists()) {
                documents.add(report.document(group));
            } else {
                screen().note("Error: Consumer group '" + group.groupId() + "' does not exist.");
            }
        }
        if (asJson()) {
            line(Json.write(documents));
        }
        return allThere ? 0 : 1;
    }

    private void describe(GroupDescription group, GroupReport report) {
        if (members) {
            report.members(group, verbose);
        } else if (state != null) {
            report.state(group);
        } else {
            report.offsets(group);
        }
    }

    private int reset(Admin admin) {
        if (!dryRun && !execute) {
            screen().note("WARN: No action will be performed as the --execute option is missing."
                    + "In a future major release, the default behavior of this command will be to prompt the user before "
                    + "executing the reset rather than doing a dry run. You should add the --dry-run option explicitly if you "
                    + "are scripting this command and want to keep the current default behavior without prompting.");
        }
        List<String> ids = ids(admin);
        OffsetPlan plan = new OffsetPlan(
                admin, this, java.util.Objects.requireNonNull(target), ids.size() == 1 ? ids.get(0) : null);
        Map<String, Map<TopicPartition, Long>> news = new LinkedHashMap<>();
        int code = 0;
        for (GroupDescription group : await(admin.describeGroups(ids)).orThrow().values()) {
            if (!group.state().equals("Empty") && group.exists()) {
                String refusal = "\nError: Assignments can only be reset if the group '" + group.groupId()
                        + "' is inactive, but the current state is " + group.state() + ".";
                if (asJson()) {
                    screen().note(refusal);
                } else {
                    line(refusal);
                }
                code = 1;
                continue;
            }
            Map<TopicPartition, Long> offsets = plan.of(group.groupId(), partitions(admin, group.groupId()));
            if (execute) {
                Map<TopicPartition, OffsetAndMetadata> commits = new LinkedHashMap<>();
                offsets.forEach((partition, offset) -> commits.put(partition, new OffsetAndMetadata(offset)));
                await(admin.alterGroupOffsets(group.groupId(), commits));
            }
            news.put(group.groupId(), offsets);
        }
        printReset(news, ids.size() == 1);
        return code;
    }

    private void printReset(Map<String, Map<TopicPartition, Long>> news, boolean oneGroup) {
        List<Object[]> rows = new ArrayList<>();
        news.forEach((group, offsets) -> offsets.forEach((partition, offset) ->
                rows.add(new Object[] {group, partition.topic(), partition.partition(), offset})));
        if (asJson()) {
            line(Json.write(rows.stream()
                    .map(row -> Map.of("group", row[0], "topic", row[1], "partition", row[2], "newOffset", row[3]))
                    .toList()));
        } else if (export) {
            for (Object[] row : rows) {
                line((oneGroup ? "" : row[0] + ",") + row[1] + "," + row[2] + "," + row[3]);
            }
            line("");
        } else if (!rows.isEmpty()) {
            // Kafka 3.9 has lost the line breaks of this table; they are here as they were before and after it.
            String format = "%-30s %-30s %-10s %-15s";
            line("\n" + String.format(format, "GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"));
            rows.forEach(row -> line(String.format(format, row)));
        }
    }

    /** The partitions that the options mean, in order; null if a file names them. */
    private @Nullable List<TopicPartition> partitions(Admin admin, String group) {
        if (target != null && target.file != null) {
            return null;
        }
        return allTopics ? sorted(await(admin.listGroupOffsets(group)).keySet()) : named(admin);
    }

    private List<TopicPartition> named(Admin admin) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : topics) {
            int colon = topic.indexOf(':');
            if (colon >= 0) {
                for (String number : topic.substring(colon + 1).split(",")) {
                    partitions.add(
                            new TopicPartition(topic.substring(0, colon), Numbers.integer(number.trim(), "partition")));
                }
            } else {
                await(admin.describeTopics(List.of(topic)))
                        .get(topic)
                        .partitions()
                        .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            }
        }
        return partitions;
    }

    static List<TopicPartition> sorted(Collection<TopicPartition> partitions) {
        return partitions.stream()
                .sorted(java.util.Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition))
                .toList();
    }

    private int delete(Admin admin, List<String> ids) {
        Outcomes<String, Void> deleted = await(admin.deleteGroups(ids));
        String done = deleted.succeeded().stream().collect(Collectors.joining("', '", "'", "'"));
        print(() -> outcome(deleted), () -> {
            if (deleted.failures().isEmpty()) {
                line("Deletion of requested consumer groups (" + done + ") was successful.");
                return;
            }
            line("\nError: Deletion of some consumer groups failed:");
            new TreeMap<>(deleted.failures())
                    .forEach((group, why) ->
                            line("* Group '" + group + "' could not be deleted due to: " + reason(why)));
            if (!deleted.succeeded().isEmpty()) {
                line("\nThese consumer groups were deleted successfully: " + done);
            }
        });
        return deleted.failures().isEmpty() ? 0 : 1;
    }

    private int deleteOffsets(Admin admin) {
        String group = groups.get(0);
        Outcomes<TopicPartition, Void> deleted = await(admin.deleteGroupOffsets(group, named(admin)));
        boolean allDone = deleted.failures().isEmpty();
        if (!allDone
                && deleted.failures().values().stream().allMatch(why -> why.error() == ErrorCode.GROUP_ID_NOT_FOUND)) {
            if (asJson()) {
                screen().note("Error: '" + group + "' does not exist.");
            } else {
                line("\nError: '" + group + "' does not exist.");
            }
            return 1;
        }
        print(() -> outcome(deleted), () -> {
            line(
                    allDone
                            ? "Request succeed for deleting offsets with topic " + String.join(", ", topics) + " group "
                                    + group
                            : "\nError: Encounter some partition level error, see the follow-up details:");
            String format = "%-30s %-15s %-15s";
            line("\n" + String.format(format, "TOPIC", "PARTITION", "STATUS"));
            deleted.succeeded().forEach(p -> line(String.format(format, p.topic(), p.partition(), "Successful")));
            deleted.failures()
                    .forEach(
                            (p, why) -> line(String.format(format, p.topic(), p.partition(), "Error: " + reason(why))));
        });
        return allDone ? 0 : 1;
    }
}

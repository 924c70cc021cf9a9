package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.GroupDescription;
import io.millrace.client.admin.GroupDescription.Member;
import io.millrace.client.admin.ListedOffset;
import io.millrace.client.admin.OffsetSpec;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tables of {@code consumer-groups.sh --describe}, in the columns and words of Kafka's. */
final class GroupReport {
    private static final String NONE = "-";
    private static final int NARROWEST = 15;
    private static final int NARROWEST_COORDINATOR = 25;

    private final Screen screen;
    private final Admin admin;
    private final Tool tool;

    GroupReport(Screen screen, Admin admin, Tool tool) {
        this.screen = screen;
        this.admin = admin;
        this.tool = tool;
    }

    /** One partition of a group: how far it is read, and by whom. */
    private record Row(
            TopicPartition partition,
            @Nullable Long committed,
            @Nullable Long end,
            @Nullable Member member) {

        @Nullable
        Long lag() {
            return committed == null || end == null ? null : Long.valueOf(end - committed);
        }

        String member(Function<Member, String> what) {
            return member == null ? NONE : what.apply(member);
        }
    }

    private List<Row> rows(GroupDescription group) {
        Map<TopicPartition, OffsetAndMetadata> committed =
                group.exists() ? tool.await(admin.listGroupOffsets(group.groupId())) : Map.of();
        Map<TopicPartition, Member> owners = new LinkedHashMap<>();
        for (Member member : sortedMembers(group)) {
            ConsumerGroupsTool.sorted(member.assignment()).forEach(partition -> owners.put(partition, member));
        }
        Set<TopicPartition> all = new LinkedHashSet<>(owners.keySet());
        all.addAll(ConsumerGroupsTool.sorted(committed.keySet()));
        Map<TopicPartition, ListedOffset> ends = all.isEmpty()
                ? Map.of()
                : tool.await(admin.listOffsets(
                                all.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()))))
                        .values();
        List<Row> rows = new ArrayList<>();
        for (TopicPartition partition : all) {
            OffsetAndMetadata offset = committed.get(partition);
            ListedOffset end = ends.get(partition);
            rows.add(new Row(
                    partition,
                    offset == null ? null : Long.valueOf(offset.offset()),
                    end == null ? null : Long.valueOf(end.offset()),
                    owners.get(partition)));
        }
        return rows;
    }

    private static List<Member> sortedMembers(GroupDescription group) {
        return group.members().stream()
                .sorted(Comparator.comparing(
                                (Member member) -> -member.assignment().size())
                        .thenComparing(Member::memberId))
                .toList();
    }

    /** Says what there is to say before the table. */
    private void remark(GroupDescription group) {
        switch (group.state()) {
            case GroupDescription.DEAD ->
                screen.line("\nError: Consumer group '" + group.groupId() + "' does not exist.");
            case "Empty" -> screen.note("\nConsumer group '" + group.groupId() + "' has no active members.");
            case "Stable" -> {}
            default -> screen.note("\nWarning: Consumer group '" + group.groupId() + "' is rebalancing.");
        }
    }

    void offsets(GroupDescription group) {
        List<Row> rows = rows(group);
        remark(group);
        if (rows.isEmpty()) {
            return;
        }
        if (screen.isTerminal()) {
            TextTable table = new TextTable(
                    "GROUP",
                    "TOPIC",
                    "PARTITION",
                    "CURRENT-OFFSET",
                    "LOG-END-OFFSET",
                    "LAG",
                    "CONSUMER-ID",
                    "HOST",
                    "CLIENT-ID");
            for (Row row : rows) {
                table.markedRow(row.lag() == null, cells(group, row));
            }
            table.print(screen);
            return;
        }
        String format = "\n%-" + width(rows, row -> group.groupId()) + "s %-"
                + width(rows, row -> row.partition().topic())
                + "s %-10s %-15s %-15s %-15s %-" + width(rows, row -> row.member(Member::memberId))
                + "s %-" + width(rows, row -> row.member(Member::host)) + "s %s";
        screen.out()
                .print(String.format(
                        format,
                        "GROUP",
                        "TOPIC",
                        "PARTITION",
                        "CURRENT-OFFSET",
                        "LOG-END-OFFSET",
                        "LAG",
                        "CONSUMER-ID",
                        "HOST",
                        "CLIENT-ID"));
        for (Row row : rows) {
            screen.out().print(String.format(format, cells(group, row)));
        }
        screen.line("");
    }

    private static Object[] cells(GroupDescription group, Row row) {
        return new Object[] {
            group.groupId(),
            row.partition().topic(),
            row.partition().partition(),
            orNone(row.committed()),
            orNone(row.end()),
            orNone(row.lag()),
            row.member(Member::memberId),
            row.member(Member::host),
            row.member(Member::clientId)
        };
    }

    private static String orNone(@Nullable Long number) {
        return number == null ? NONE : number.toString();
    }

    private static <T> int width(List<T> rows, Function<T, String> cell) {
        return rows.stream().mapToInt(row -> cell.apply(row).length()).reduce(NARROWEST, Math::max);
    }

    void members(GroupDescription group, boolean verbose) {
        remark(group);
        List<Member> members = sortedMembers(group);
        boolean instances = members.stream().anyMatch(member -> member.instanceId() != null);
        List<Function<Member, String>> columns = new ArrayList<>(List.of(member -> group.groupId(), Member::memberId));
        List<String> names = new ArrayList<>(List.of("GROUP", "CONSUMER-ID"));
        if (instances) {
            columns.add(member -> member.instanceId() == null ? "" : member.instanceId());
            names.add("GROUP-INSTANCE-ID");
        }
        columns.addAll(List.of(Member::host, Member::clientId));
        names.addAll(List.of("HOST", "CLIENT-ID"));
        StringBuilder format = new StringBuilder();
        columns.forEach(
                column -> format.append("%-").append(width(members, column)).append("s "));
        format.append("%-15s ").append(verbose ? "%s" : "");
        columns.add(member -> String.valueOf(member.assignment().size()));
        names.add("#PARTITIONS");
        if (verbose) {
            columns.add(GroupReport::assignment);
            names.add("ASSIGNMENT");
        }
        screen.out().print("\n" + String.format(format.toString(), names.toArray()));
        for (Member member : members) {
            screen.out()
                    .print("\n"
                            + String.format(
                                    format.toString(),
                                    columns.stream()
                                            .map(column -> column.apply(member))
                                            .toArray()));
        }
        screen.line("");
    }

    private static String assignment(Member member) {
        if (member.assignment().isEmpty()) {
            return NONE;
        }
        Map<String, List<String>> topics = new TreeMap<>();
        for (TopicPartition partition : ConsumerGroupsTool.sorted(member.assignment())) {
            topics.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(String.valueOf(partition.partition()));
        }
        return topics.entrySet().stream()
                .map(topic -> topic.getKey() + "(" + String.join(",", topic.getValue()) + ")")
                .collect(Collectors.joining(", "));
    }

    void state(GroupDescription group) {
        remark(group);
        if (!group.exists()) {
            return;
        }
        String coordinator =
                group.coordinator().endpoint() + "  (" + group.coordinator().id() + ")";
        String format = "\n%-" + Math.max(NARROWEST_COORDINATOR, coordinator.length()) + "s %-25s %-20s %-15s %s";
        screen.out()
                .print(String.format(format, "GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"));
        screen.line(String.format(
                format,
                group.groupId(),
                coordinator,
                group.assignor(),
                group.state(),
                group.members().size()));
    }

    /** Everything there is to know of the group. */
    Map<String, Object> document(GroupDescription group) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("group", group.groupId());
        document.put("state", group.state());
        document.put("assignmentStrategy", group.assignor());
        document.put("coordinator", group.coordinator().id());
        List<Map<String, @Nullable Object>> members = new ArrayList<>();
        for (Member member : sortedMembers(group)) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("consumerId", member.memberId());
            one.put("groupInstanceId", member.instanceId());
            one.put("host", member.host());
            one.put("clientId", member.clientId());
            one.put("partitions", member.assignment().size());
            members.add(one);
        }
        document.put("members", members);
        List<Map<String, @Nullable Object>> partitions = new ArrayList<>();
        for (Row row : rows(group)) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("topic", row.partition().topic());
            one.put("partition", row.partition().partition());
            one.put("currentOffset", row.committed());
            one.put("logEndOffset", row.end());
            one.put("lag", row.lag());
            one.put("consumerId", row.member() == null ? null : row.member().memberId());
            partitions.add(one);
        }
        document.put("offsets", partitions);
        return document;
    }
}

package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.ListedOffset;
import io.millrace.client.admin.OffsetSpec;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.protocol.TopicPartition;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Works out what {@code --reset-offsets} sets: the one way to go of its options, applied to partitions of a group. */
final class OffsetPlan {
    private final Admin admin;
    private final Tool tool;
    private final ConsumerGroupsTool.Target target;
    private final Map<String, Map<TopicPartition, Long>> file;

    /** @param onlyGroup whose offsets a file tells of if its lines do not say; null if they must */
    OffsetPlan(Admin admin, Tool tool, ConsumerGroupsTool.Target target, @Nullable String onlyGroup) {
        this.admin = admin;
        this.tool = tool;
        this.target = target;
        this.file = target.file == null ? Map.of() : parse(Tool.text(target.file), onlyGroup);
    }

    /** {@code [group,]topic,partition,offset}, a line each. */
    static Map<String, Map<TopicPartition, Long>> parse(String text, @Nullable String onlyGroup) {
        Map<String, Map<TopicPartition, Long>> offsets = new LinkedHashMap<>();
        for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
            List<String> cells = new ArrayList<>();
            for (String cell : line.split(",")) {
                cells.add(cell.trim().replaceAll("^\"|\"$", ""));
            }
            if (cells.size() == 3 && onlyGroup != null) {
                cells.add(0, onlyGroup);
            }
            if (cells.size() != 4) {
                throw new ToolFailure("The line '" + line + "' is not " + (onlyGroup == null ? "group," : "")
                        + "topic,partition,offset");
            }
            offsets.computeIfAbsent(cells.get(0), group -> new LinkedHashMap<>())
                    .put(
                            new TopicPartition(cells.get(1), Numbers.integer(cells.get(2), "partition")),
                            Numbers.whole(cells.get(3), "offset"));
        }
        return offsets;
    }

    /** @param partitions of the group that are to be set; null for those of the file */
    Map<TopicPartition, Long> of(String group, @Nullable List<TopicPartition> partitions) {
        if (partitions == null) {
            return within(file.getOrDefault(group, Map.of()));
        }
        if (target.earliest) {
            return listed(partitions, OffsetSpec.earliest());
        }
        if (target.latest) {
            return listed(partitions, OffsetSpec.latest());
        }
        if (target.offset != null) {
            return within(all(partitions, target.offset));
        }
        if (target.datetime != null) {
            return atTime(partitions, Times.parse(target.datetime));
        }
        if (target.duration != null) {
            return atTime(
                    partitions,
                    System.currentTimeMillis() - duration(target.duration).toMillis());
        }
        Map<TopicPartition, OffsetAndMetadata> committed = tool.await(admin.listGroupOffsets(group, partitions));
        return target.shift != null ? shifted(partitions, committed, target.shift) : current(partitions, committed);
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new ToolFailure("'" + text + "' is no duration: write PnDTnHnMnS, for example PT1H30M");
        }
    }

    private static Map<TopicPartition, Long> all(List<TopicPartition> partitions, long offset) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        partitions.forEach(partition -> offsets.put(partition, offset));
        return offsets;
    }

    private Map<TopicPartition, Long> listed(List<TopicPartition> partitions, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> specs = new LinkedHashMap<>();
        partitions.forEach(partition -> specs.put(partition, spec));
        Map<TopicPartition, ListedOffset> found = partitions.isEmpty()
                ? Map.of()
                : tool.await(admin.listOffsets(specs)).orThrow();
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        partitions.forEach(partition -> offsets.put(
                partition, Objects.requireNonNull(found.get(partition)).offset()));
        return offsets;
    }

    private Map<TopicPartition, Long> atTime(List<TopicPartition> partitions, long timestamp) {
        Map<TopicPartition, Long> offsets = listed(partitions, OffsetSpec.forTimestamp(timestamp));
        List<TopicPartition> younger = partitions.stream()
                .filter(partition -> offsets.get(partition) < 0)
                .toList();
        for (TopicPartition partition : younger) {
            tool.line("\nWarn: Partition " + partition.partition() + " from topic " + partition.topic()
                    + " is empty. Falling back to latest known offset.");
        }
        offsets.putAll(listed(younger, OffsetSpec.latest()));
        return offsets;
    }

    private Map<TopicPartition, Long> current(
            List<TopicPartition> partitions, Map<TopicPartition, OffsetAndMetadata> committed) {
        Map<TopicPartition, Long> offsets = listed(partitions, OffsetSpec.latest());
        partitions.forEach(partition -> offsets.computeIfPresent(partition, (p, end) -> {
            OffsetAndMetadata offset = committed.get(p);
            return offset == null ? end : Long.valueOf(offset.offset());
        }));
        return offsets;
    }

    private Map<TopicPartition, Long> shifted(
            List<TopicPartition> partitions, Map<TopicPartition, OffsetAndMetadata> committed, long by) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata offset = committed.get(partition);
            if (offset == null) {
                throw new ToolFailure("Cannot shift offset for partition " + partition
                        + " since there is no current committed offset");
            }
            offsets.put(partition, offset.offset() + by);
        }
        return within(offsets);
    }

    /** The offsets, moved to the nearest end where they lie outside of the log. */
    private Map<TopicPartition, Long> within(Map<TopicPartition, Long> wanted) {
        List<TopicPartition> partitions = List.copyOf(wanted.keySet());
        Map<TopicPartition, Long> first = listed(partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> end = listed(partitions, OffsetSpec.latest());
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        wanted.forEach((partition, offset) -> {
            long bounded = Math.max(first.get(partition), Math.min(end.get(partition), offset));
            if (bounded != offset) {
                tool.screen()
                        .note("New offset (" + offset + ") is "
                                + (bounded < offset ? "higher than latest" : "lower than earliest")
                                + " offset for topic partition " + partition + ". Value will be set to " + bounded);
            }
            offsets.put(partition, bounded);
        });
        return offsets;
    }
}

package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.crash.LogContent.Batch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the reports of a {@link CrashChild} say that has to be in its logs. */
final class CrashModel {
    private final List<RecordsModel> records = new ArrayList<>();
    private final ProducersModel producers = new ProducersModel();
    private final CompactedModel compacted = new CompactedModel();
    private final Set<TopicPartition> truncated = new HashSet<>();
    private long acknowledged;

    CrashModel() {
        for (int i = 0; i < CrashChild.LOGS; i++) {
            records.add(new RecordsModel());
        }
    }

    /** How many records have been reported. */
    long acknowledged() {
        return acknowledged;
    }

    /** The logs that were truncated, or about to be, since the last call. */
    Set<TopicPartition> takeTruncated() {
        Set<TopicPartition> taken = Set.copyOf(truncated);
        truncated.clear();
        return taken;
    }

    /** @param words of a whole line, without the full stop */
    void report(String[] words) {
        if (words[0].equals("k")) {
            compacted.appended(Long.parseLong(words[1]), Integer.parseInt(words[2]));
            return;
        }
        int log = Integer.parseInt(words[1]);
        RecordsModel model = records.get(log);
        long offset = Long.parseLong(words[2]);
        switch (words[0]) {
            case "a", "p" -> {
                int count = Integer.parseInt(words[3]);
                model.appended(offset, count, Long.parseLong(words[4]));
                acknowledged += count;
                if (words[0].equals("p")) {
                    producers.appended(
                            new Batch(
                                    offset,
                                    offset + count,
                                    Long.parseLong(words[5]),
                                    Short.parseShort(words[6]),
                                    Integer.parseInt(words[7]),
                                    Boolean.parseBoolean(words[8]),
                                    null),
                            model.mayStartUpTo());
                }
            }
            case "m" -> {
                model.appendedMarker(offset);
                producers.appended(
                        new Batch(
                                offset,
                                offset + 1,
                                Long.parseLong(words[3]),
                                Short.parseShort(words[4]),
                                -1,
                                true,
                                Boolean.valueOf(words[5])),
                        model.mayStartUpTo());
            }
            case "t" -> {
                model.truncating(offset);
                truncated.add(CrashChild.partition(log));
            }
            case "u" -> {
                model.truncated(offset);
                if (log == CrashChild.TRANSACTIONS) {
                    producers.truncated(offset);
                }
            }
            case "s" -> model.mayStart(offset);
            default -> throw new IllegalArgumentException(String.join(" ", words));
        }
    }

    /**
     * Holds every log against what was reported.
     *
     * @param logs gives the content of a log; null if it is not there, which is right when the kill came before it was created
     */
    void compare(Function<TopicPartition, @Nullable LogContent> logs, String context) {
        for (int i = 0; i < CrashChild.LOGS; i++) {
            LogContent log = logs.apply(CrashChild.partition(i));
            String which = context + " partition " + i;
            if (log == null) {
                assertThat(records.get(i).isEmpty()).as(which + " is gone").isTrue();
                continue;
            }
            records.get(i).compare(log, which);
            if (i == CrashChild.TRANSACTIONS) {
                producers.compare(log, which);
            }
        }
        LogContent log = logs.apply(CrashChild.COMPACTED);
        if (log == null) {
            assertThat(compacted.isEmpty())
                    .as(context + " the compacted log is gone")
                    .isTrue();
        } else {
            compacted.compare(log, context);
        }
    }

    /** Likewise of logs that were hurt. */
    void compareHurt(Function<TopicPartition, @Nullable LogContent> logs, Injury injury, String context) {
        for (int i = 0; i < CrashChild.LOGS; i++) {
            TopicPartition partition = CrashChild.partition(i);
            LogContent log = logs.apply(partition);
            String which = context + " partition " + i;
            if (log == null) {
                assertThat(records.get(i).isEmpty()).as(which + " is gone").isTrue();
                continue;
            }
            boolean hurt = injury.concerns(partition);
            records.get(i).compareHurt(log, hurt, injury, which);
            if (i == CrashChild.TRANSACTIONS && hurt) {
                producers.compareCut(log, which);
            } else if (i == CrashChild.TRANSACTIONS) {
                producers.compareHurt(log, injury.indexes(), which);
            }
        }
        LogContent log = logs.apply(CrashChild.COMPACTED);
        if (log == null) {
            assertThat(compacted.isEmpty())
                    .as(context + " the compacted log is gone")
                    .isTrue();
        } else {
            compacted.compareHurt(log, injury.concerns(CrashChild.COMPACTED), injury, context + " compacted");
        }
    }
}

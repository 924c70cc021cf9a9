package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What a GB takes is what all of them took. */
class BulkRowTest {
    private static final Contender OURS = new Contender.Millrace(Path.of("nowhere"));
    private static final Offset<Double> NEARLY = Offset.offset(1e-3);

    /** Of 1,024 bytes each, 100 MB. */
    private static final long RECORDS = 97_656;

    private final Samples samples = new Samples();

    @Test
    void whatComesToOneWindowOfSevenCounts() {
        // A segment that begins, or a collection of garbage.
        List<Usage> windows = Stream.concat(
                        Collections.nCopies(6, new Usage(0.1, 0.2)).stream(), Stream.of(new Usage(0.45, 0.55)))
                .toList();
        BulkRow.standard(100).add(samples, OURS, 6, "produced", RECORDS, windows);
        assertThat(figure("CPU per GB produced", "s")).isCloseTo(1.5, NEARLY);
        assertThat(figure("CPU per GB produced, median window", "s")).isCloseTo(1, NEARLY);
        assertThat(figure("CPU per GB produced, from the least to the most window, of the median", "%"))
                .isCloseTo(350, NEARLY);
        assertThat(figure("CPU per million records produced", "s")).isCloseTo(1.536, NEARLY);
        assertThat(figure("MB produced", "MB/s")).isCloseTo(400, Offset.offset(0.01));
        assertThat(samples.values().keySet())
                .filteredOn(metric -> metric.row() == 6)
                .as("what is held against the goal")
                .extracting(Metric::name)
                .containsExactly("CPU per GB produced");
    }

    @Test
    void readsTheLastOfEachPartitionAsItHasItsPart() {
        TopicPartition large = new TopicPartition("t", 0);
        TopicPartition small = new TopicPartition("t", 1);
        TopicPartition empty = new TopicPartition("t", 2);
        Map<TopicPartition, Long> ends = Map.of(large, 900L, small, 101L, empty, 0L);
        assertThat(BulkRow.last(ends, 500)).isEqualTo(Map.of(large, 450L, small, 50L, empty, 0L));
        assertThat(BulkRow.last(ends, 1001)).isEqualTo(Map.of(large, 0L, small, 0L, empty, 0L));
    }

    private double figure(String name, String unit) {
        return samples.values().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name)
                        && entry.getKey().unit().equals(unit))
                .map(entry -> entry.getValue().get(OURS.name()).get(1))
                .findAny()
                .orElseThrow(() -> new AssertionError("There is no figure " + name + " in " + unit));
    }
}

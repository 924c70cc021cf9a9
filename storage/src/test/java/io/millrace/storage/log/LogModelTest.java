package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.LogConfig;
import io.millrace.storage.cleanup.CompactionSchedule;
import io.millrace.storage.cleanup.RetentionSweeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;

/** A log does what a map from offset to value does, whatever happens to it in whatever order. */
class LogModelTest {
    sealed interface Step {}

    record Append(int records, int valueBytes) implements Step {}

    record Replicate(int gap, int records) implements Step {}

    record Truncate(int back) implements Step {}

    record DeleteRecords(int keep) implements Step {}

    record Retain() implements Step {}

    record Compact() implements Step {}

    record Restart() implements Step {}

    record Kill(boolean knowsRecoveryPoint) implements Step {}

    record Read(int back, int maxBytes, int bound) implements Step {}

    record Rest() implements Step {}

    /** The same sequences in every build: one that fails says something of what was changed, not of the day's luck. */
    @Property(tries = 150, seed = "20261129")
    void behavesLikeAMap(
            @ForAll @Size(min = 1, max = 50) List<@From("steps") Step> steps,
            @ForAll @From("mappedMaxBytes") int mappedMaxBytes,
            @ForAll boolean compacted)
            throws IOException {
        check(steps, mappedMaxBytes, compacted);
    }

    /** Others each time, and many; see "How it is tried" in docs/architecture.md. */
    @Tag("long")
    @Property(tries = 5000)
    void behavesLikeAMapWithAnySeed(
            @ForAll @Size(min = 1, max = 50) List<@From("steps") Step> steps,
            @ForAll @From("mappedMaxBytes") int mappedMaxBytes,
            @ForAll boolean compacted)
            throws IOException {
        check(steps, mappedMaxBytes, compacted);
    }

    private static void check(List<Step> steps, int mappedMaxBytes, boolean compacted) throws IOException {
        Path dir = Files.createTempDirectory("log-model");
        LogConfig config = TestLog.config()
                .segmentBytes(2000)
                .indexIntervalBytes(150)
                .retentionBytes(4000)
                .compact(compacted)
                .minCleanableDirtyRatio(0)
                .build();
        try (TestLog test = new TestLog(dir, config, mappedMaxBytes)) {
            Model model = new Model();
            test.boot = "a boot";
            test.restart();
            for (Step step : steps) {
                if (!(step instanceof Compact) || compacted) {
                    apply(step, test, model);
                }
                assertThat(test.log.logEndOffset()).as("end after " + step).isEqualTo(model.end);
                assertThat(test.log.logStartOffset()).as("start after " + step).isEqualTo(model.start);
                assertThat(test.records(model.start))
                        .as("records after " + step)
                        .isEqualTo(model.records(model.start, model.end));
            }
        } finally {
            deleteTree(dir);
        }
    }

    private static void apply(Step step, TestLog test, Model model) throws IOException {
        if (step instanceof Append append) {
            String[] values = model.newValues(append.records, append.valueBytes);
            test.append(Batches.numbered(TestLog.NOW + model.end, values));
            model.add(model.end, values);
        } else if (step instanceof Replicate replicate) {
            String[] values = model.newValues(replicate.records, 20);
            long base = model.end + replicate.gap;
            test.log.appendAsFollower(Batches.stored(base, 1, TestLog.NOW + base, values), test.info);
            model.add(base, values);
        } else if (step instanceof Truncate truncate) {
            long offset = Math.max(model.start, model.end - truncate.back);
            test.log.truncateTo(offset);
            model.truncate(offset, test.log.logEndOffset());
        } else if (step instanceof DeleteRecords delete) {
            test.log.updateHighWatermark(model.end);
            model.start = Math.max(model.start, model.end - delete.keep);
            test.log.deleteRecords(model.start);
        } else if (step instanceof Retain) {
            test.log.updateHighWatermark(model.end);
            new RetentionSweeper(test.clock).sweep(test.log);
            long start = test.log.logStartOffset();
            assertThat(start).isBetween(model.start, model.end);
            assertThat(test.log.size()).isLessThan(4000 + 2000 + 500);
            model.start = start;
        } else if (step instanceof Compact) {
            test.log.updateHighWatermark(model.end);
            Map<String, Long> newest = model.newest();
            CompactionSchedule schedule = new CompactionSchedule(test.clock, 1_000_000);
            schedule.run(List.of(test.log), () -> {});
            assertThat(schedule.setAside()).isEmpty();
            Map<Long, String> found = new TreeMap<>();
            for (String record : test.records(model.start)) {
                found.put(
                        Long.parseLong(record.substring(0, record.indexOf(':'))),
                        record.substring(record.indexOf(':') + 1));
            }
            found.forEach((offset, value) -> assertThat(value).isEqualTo(model.values.get(offset)));
            newest.forEach(
                    (key, offset) -> assertThat(found).as("newest of " + key).containsKey(offset));
            // What is left of the sealed segments has one record a key.
            long activeBase = test.log
                    .upkeep()
                    .segmentViews()
                    .get(test.log.segmentCount() - 1)
                    .baseOffset();
            assertThat(found.entrySet().stream()
                            .filter(record -> record.getKey() < activeBase && record.getKey() >= model.start)
                            .map(record -> Batches.keyOf(record.getValue())))
                    .doesNotHaveDuplicates();
            model.values.clear();
            model.values.putAll(found);
        } else if (step instanceof Restart) {
            test.restart();
            assertThat(test.log.cleanStart()).isTrue();
            model.reopened(test.log.logEndOffset());
        } else if (step instanceof Kill kill) {
            test.kill(kill.knowsRecoveryPoint ? test.log.recoveryPoint() : -1, model.start);
            model.reopened(test.log.logEndOffset());
        } else if (step instanceof Rest) {
            test.clock.advance(1000);
            test.log.upkeep().restIfIdle(1000);
        } else if (step instanceof Read read) {
            long from = Math.max(model.start, model.end - read.back);
            long bound = Math.min(model.end, from + read.bound);
            List<String> found = test.records(from, bound, read.maxBytes);
            List<String> expected = model.records(from, bound);
            // A bound inside a batch leaves the whole batch out.
            assertThat(expected.subList(0, Math.min(found.size(), expected.size())))
                    .isEqualTo(found);
        }
    }

    @Provide
    Arbitrary<Step> steps() {
        Arbitrary<Integer> few = Arbitraries.integers().between(1, 5);
        // Small and large, as seen from most of the sizes below.
        Arbitrary<Integer> bytes = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 30), Arbitraries.integers().between(0, 350));
        Arbitrary<Integer> back = Arbitraries.integers().between(0, 60);
        return Arbitraries.frequencyOf(
                Tuple.of(12, Combinators.combine(few, bytes).as(Append::new)),
                Tuple.of(
                        3,
                        Combinators.combine(Arbitraries.integers().between(0, 20), few)
                                .as(Replicate::new)),
                Tuple.of(2, back.map(Truncate::new)),
                Tuple.of(1, back.map(DeleteRecords::new)),
                Tuple.of(1, Arbitraries.create(Retain::new)),
                Tuple.of(2, Arbitraries.create(Compact::new)),
                Tuple.of(2, Arbitraries.create(Restart::new)),
                Tuple.of(2, Arbitraries.of(true, false).map(Kill::new)),
                Tuple.of(1, Arbitraries.create(Rest::new)),
                Tuple.of(
                        3,
                        Combinators.combine(back, Arbitraries.integers().between(1, 3000), back)
                                .as(Read::new)));
    }

    @Provide
    Arbitrary<Integer> mappedMaxBytes() {
        return Arbitraries.of(0, 100, 150, 300, 4096);
    }

    private static void deleteTree(Path dir) throws IOException {
        try (Stream<Path> paths = Files.walk(dir)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private static final class Model {
        final NavigableMap<Long, String> values = new TreeMap<>();
        long start;
        long end;
        int made;

        String[] newValues(int count, int bytes) {
            String[] fresh = new String[count];
            for (int i = 0; i < count; i++) {
                fresh[i] = (made++) + "x".repeat(bytes);
            }
            return fresh;
        }

        void add(long base, String[] fresh) {
            for (int i = 0; i < fresh.length; i++) {
                values.put(base + i, fresh[i]);
            }
            end = base + fresh.length;
        }

        // A batch that spans the offset goes as a whole.
        void truncate(long offset, long newEnd) {
            assertThat(newEnd).isBetween(offset - 5, offset);
            values.tailMap(newEnd, true).clear();
            end = newEnd;
            start = Math.min(start, end);
        }

        // A log cut inside a gap of offsets ends, once it is opened again, after its last record.
        void reopened(long newEnd) {
            assertThat(newEnd).isBetween(start, end);
            assertThat(values.tailMap(newEnd, true)).isEmpty();
            end = newEnd;
        }

        /** The newest offset of each key. */
        Map<String, Long> newest() {
            Map<String, Long> newest = new HashMap<>();
            values.tailMap(start).forEach((offset, value) -> newest.merge(Batches.keyOf(value), offset, Math::max));
            return newest;
        }

        List<String> records(long from, long to) {
            List<String> found = new ArrayList<>();
            values.subMap(from, true, to, false).forEach((offset, value) -> found.add(offset + ":" + value));
            return found;
        }
    }
}

package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.crash.LogContent.Aborted;
import io.millrace.storage.crash.LogContent.Batch;
import io.millrace.storage.crash.LogContent.Producer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a log has to know of its producers: their sequences and transactions as the batches make them, those included that have been
 * deleted since. Of what lies below its start a log may know less.
 */
final class ProducersModel {
    private TreeMap<Long, Batch> batches = new TreeMap<>();
    private Replay now = new Replay();

    /** What batches in order make of producers. */
    private static final class Replay {
        final Map<Long, State> producers = new TreeMap<>();
        final List<Ended> aborted = new ArrayList<>();

        /** @param lastRecord last offset of records of the transaction */
        private record Ended(Aborted transaction, long lastRecord) {}

        private static final class State {
            short epoch;
            int lastSequence = -1;
            long lastOffset = -1;
            long transactionFirstOffset = -1;
        }

        void add(Batch batch) {
            State state = producers.computeIfAbsent(batch.producer(), id -> new State());
            state.epoch = batch.epoch();
            if (batch.marker() == null) {
                if (batch.transactional() && state.transactionFirstOffset < 0) {
                    state.transactionFirstOffset = batch.base();
                }
                state.lastSequence = batch.sequence() + (int) (batch.next() - batch.base()) - 1;
                state.lastOffset = batch.next() - 1;
                return;
            }
            if (!batch.marker() && state.transactionFirstOffset >= 0) {
                Aborted transaction = new Aborted(batch.producer(), state.transactionFirstOffset, batch.base());
                aborted.add(new Ended(transaction, state.lastOffset));
            }
            state.transactionFirstOffset = -1;
        }

        static Replay of(Iterable<Batch> batches) {
            Replay replay = new Replay();
            batches.forEach(replay::add);
            return replay;
        }
    }

    /** @param deletedUpTo below it the log may have forgotten its producers */
    void appended(Batch batch, long deletedUpTo) {
        Replay.State before = now.producers.get(batch.producer());
        if (before != null && before.lastOffset >= deletedUpTo && batch.marker() == null) {
            boolean newEpoch = batch.epoch() == before.epoch + 1;
            assertThat(batch.sequence())
                    .as("the log knew its producer when it took " + batch)
                    .isEqualTo(newEpoch ? 0 : before.lastSequence + 1);
        }
        batches.put(batch.base(), batch);
        now.add(batch);
    }

    void truncated(long end) {
        batches.tailMap(end, true).clear();
        now = Replay.of(batches.values());
    }

    /** Everything acknowledged is known; what was appended without being reported has to be from now on. */
    void compare(LogContent log, String context) {
        batches = check(log, true, context);
        now = Replay.of(batches.values());
    }

    /**
     * Likewise of a log that lost no batch.
     *
     * @param indexesHurt whether a file that tells of aborted transactions was cut or is gone, which nobody can know of one that was synced
     */
    void compareHurt(LogContent log, boolean indexesHurt, String context) {
        check(log, !indexesHurt, context);
    }

    /** Of a log that may have lost batches: it tells of no transaction that did not fail. */
    void compareCut(LogContent log, String context) {
        Map<Long, Aborted> known = byMarker(Replay.of(merged(log).values()));
        for (Aborted aborted : log.aborted()) {
            assertThat(known.get(aborted.lastOffset()))
                    .as(context + ": transaction that ends at " + aborted.lastOffset())
                    .matches(transaction -> transaction != null && transaction.producer() == aborted.producer());
        }
    }

    private static Map<Long, Aborted> byMarker(Replay replay) {
        return replay.aborted.stream()
                .map(Replay.Ended::transaction)
                .collect(Collectors.toMap(Aborted::lastOffset, Function.identity()));
    }

    // What is known of the part that is deleted, and what the log itself says of the rest.
    private TreeMap<Long, Batch> merged(LogContent log) {
        TreeMap<Long, Batch> all = new TreeMap<>(batches);
        all.tailMap(log.end(), true).clear();
        log.batches().forEach(batch -> all.put(batch.base(), batch));
        return all;
    }

    private TreeMap<Long, Batch> check(LogContent log, boolean allAborted, String context) {
        NavigableMap<Long, Batch> found = new TreeMap<>();
        log.batches().forEach(batch -> found.put(batch.base(), batch));
        assertThat(found).as(context + ": batches").containsAllEntriesOf(batches.subMap(log.start(), log.end()));
        TreeMap<Long, Batch> all = merged(log);
        assertThat(all.size() - batches.headMap(log.end()).size())
                .as(context + ": unreported batches")
                .isLessThanOrEqualTo(1);
        Replay expected = Replay.of(all.values());
        checkProducers(log, expected, context);
        checkAborted(log, expected, allAborted, context);
        return all;
    }

    private static void checkProducers(LogContent log, Replay expected, String context) {
        Map<Long, Producer> found =
                log.producers().stream().collect(Collectors.toMap(Producer::id, Function.identity()));
        assertThat(expected.producers.keySet()).as(context + ": producers").containsAll(found.keySet());
        expected.producers.forEach((id, state) -> {
            Producer producer = found.get(id);
            String what = context + ": producer " + id + " is " + producer + ", log start " + log.start();
            if (producer == null) {
                assertThat(state.lastOffset).as(what).isLessThan(log.start());
                return;
            }
            assertThat(producer.epoch()).as(what).isEqualTo(state.epoch);
            if (state.lastOffset >= log.start() || producer.lastOffset() >= 0) {
                assertThat(producer.lastOffset()).as(what).isEqualTo(state.lastOffset);
                assertThat(producer.lastSequence()).as(what).isEqualTo(state.lastSequence);
            }
            if (state.transactionFirstOffset < 0 || state.transactionFirstOffset >= log.start()) {
                assertThat(producer.transactionFirstOffset()).as(what).isEqualTo(state.transactionFirstOffset);
            } else if (state.lastOffset >= log.start()) {
                assertThat(producer.transactionFirstOffset())
                        .as(what)
                        .isBetween(state.transactionFirstOffset, state.lastOffset);
            }
        });
    }

    private static void checkAborted(LogContent log, Replay expected, boolean all, String context) {
        Map<Long, Aborted> known = byMarker(expected);
        Map<Long, Aborted> found = new HashMap<>();
        for (Aborted aborted : log.aborted()) {
            String what = context + ": " + aborted + " is known as " + known.get(aborted.lastOffset());
            assertThat(known).as(what).containsKey(aborted.lastOffset());
            Aborted one = Objects.requireNonNull(known.get(aborted.lastOffset()));
            assertThat(aborted.producer()).as(what).isEqualTo(one.producer());
            if (one.firstOffset() >= log.start()) {
                assertThat(aborted.firstOffset()).as(what).isEqualTo(one.firstOffset());
            } else {
                assertThat(aborted.firstOffset()).as(what).isGreaterThanOrEqualTo(one.firstOffset());
            }
            found.put(aborted.lastOffset(), aborted);
        }
        if (all) {
            for (Replay.Ended ended : expected.aborted) {
                if (ended.lastRecord() >= log.start()) {
                    assertThat(found)
                            .as(context + ": aborted transactions, with " + ended)
                            .containsKey(ended.transaction().lastOffset());
                }
            }
        }
    }
}

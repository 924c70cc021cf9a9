package io.millrace.broker.cluster;

import io.millrace.broker.cluster.Violation.Kind;
import io.millrace.protocol.record.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Compares what replicas have on disk. A replica copies batches as they are, so below the high watermark all bytes agree. */
final class ReplicaLogs {
    private record Batch(long lastOffset, int leaderEpoch, int crc, boolean sound) {}

    private ReplicaLogs() {}

    /**
     * Compares the replicas of a partition while no broker writes.
     *
     * @param replicas the directories of the partition, by broker
     * @param highWatermark offsets below it have to be in every replica, and the same
     */
    static List<Violation> compare(int partition, Map<Integer, Path> replicas, long highWatermark) throws IOException {
        List<Violation> violations = new ArrayList<>();
        Map<Integer, TreeMap<Long, Batch>> logs = new TreeMap<>();
        for (Map.Entry<Integer, Path> replica : replicas.entrySet()) {
            logs.put(replica.getKey(), batches(replica.getValue()));
        }
        TreeMap<Long, Batch> reference = null;
        int of = 0;
        for (Map.Entry<Integer, TreeMap<Long, Batch>> log : logs.entrySet()) {
            TreeMap<Long, Batch> committed = new TreeMap<>(log.getValue().headMap(highWatermark));
            long end =
                    committed.isEmpty() ? 0 : committed.lastEntry().getValue().lastOffset() + 1;
            if (end < highWatermark) {
                violations.add(new Violation(
                        Kind.REPLICA_DIVERGED,
                        partition,
                        "broker " + log.getKey() + " has nothing from " + end + " on, and " + highWatermark
                                + " is the high watermark"));
            }
            committed.forEach((offset, batch) -> {
                if (!batch.sound()) {
                    violations.add(new Violation(
                            Kind.CORRUPT, partition, "the batch at " + offset + " of broker " + log.getKey()));
                }
            });
            if (reference == null) {
                reference = committed;
                of = log.getKey();
            } else {
                compare(partition, of, reference, log.getKey(), committed, violations);
            }
        }
        return violations;
    }

    private static void compare(
            int partition,
            int oneId,
            TreeMap<Long, Batch> one,
            int otherId,
            TreeMap<Long, Batch> other,
            List<Violation> violations) {
        for (Map.Entry<Long, Batch> batch : one.entrySet()) {
            Batch there = other.get(batch.getKey());
            if (there != null && !there.equals(batch.getValue())) {
                violations.add(new Violation(
                        Kind.REPLICA_DIVERGED,
                        partition,
                        "at " + batch.getKey() + " broker " + oneId + " has " + batch.getValue() + " and broker "
                                + otherId + " has " + there));
                return;
            }
        }
        if (!one.keySet().equals(other.keySet()) && one.size() == other.size()) {
            violations.add(new Violation(
                    Kind.REPLICA_DIVERGED,
                    partition,
                    "brokers " + oneId + " and " + otherId + " have batches at different offsets"));
        }
    }

    private static TreeMap<Long, Batch> batches(Path dir) throws IOException {
        TreeMap<Long, Batch> batches = new TreeMap<>();
        List<Path> segments;
        try (Stream<Path> files = Files.list(dir)) {
            segments = files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
        for (Path segment : segments) {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
            int index = 0;
            while (bytes.limit() - index >= BatchHeader.RECORDS && BatchHeader.batchLength(bytes, index) > 0) {
                int size = BatchHeader.sizeInBytes(bytes, index);
                if (size > bytes.limit() - index) {
                    break;
                }
                batches.put(
                        BatchHeader.baseOffset(bytes, index),
                        new Batch(
                                BatchHeader.lastOffset(bytes, index),
                                BatchHeader.partitionLeaderEpoch(bytes, index),
                                BatchHeader.crc(bytes, index),
                                BatchHeader.crcIsValid(bytes, index)));
                index += size;
            }
        }
        return batches;
    }
}

package io.millrace.storage.crash;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.PartitionLog;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The process that gets killed. It appends, rolls, flushes, truncates, deletes and cleans as fast as it can, and reports each step on
 * its standard output after it is done; a truncation also before.
 *
 * <pre>
 *  a PARTITION FIRST_OFFSET COUNT SEED   appended: record i is {@link #value}(SEED, i)
 *  t PARTITION OFFSET                    about to truncate
 *  u PARTITION END                       truncated; the log ends there
 *  s PARTITION OFFSET                    about to move the log start, at most to there
 *  k OFFSET KEY                          appended to the compacted log: {@link #keyedValue}(KEY, OFFSET)
 *  p PARTITION FIRST_OFFSET COUNT SEED PRODUCER EPOCH SEQUENCE TRANSACTIONAL   appended by a producer, otherwise like a
 *  m PARTITION OFFSET PRODUCER EPOCH COMMIT   appended the marker of a transaction
 *  o                                     about to open
 *  d                                     all logs are open
 *
 * PARTITION is the number of one of the logs of {@link #partition}. Every line but the last ends in a full stop: without it
 * the kill has cut the line, and nobody was told.
 * </pre>
 */
public final class CrashChild {
    /** Logs of plain, of idempotent and of transactional batches. */
    static final int LOGS = 4;
    /** The number of the log that {@link TransactionalWork} writes to; the others have neither producers nor markers. */
    static final int TRANSACTIONS = 3;

    static final String TOPIC = "crash";
    static final int KEYS = 40;
    static final TopicPartition COMPACTED = new TopicPartition("compacted", 0);
    /** So that some batches are written by calls and some through mapped memory. */
    static final int MAPPED_MAX_BYTES = 600;

    static final String CLUSTER = "crash-harness-cluster0";

    private CrashChild() {}

    public static void main(String[] args) {
        Path dir = Path.of(args[0]);
        Random random = new Random(Long.parseLong(args[1]));
        PrintStream out = new PrintStream(System.out, true);
        out.println("o");
        LogManager manager = open(dir);
        List<PartitionLog> logs = new ArrayList<>();
        for (int i = 0; i < LOGS; i++) {
            logs.add(manager.getOrCreate(
                    partition(i), Uuid.ZERO, config(partition(i).topic())));
        }
        PartitionLog compacted = manager.getOrCreate(COMPACTED, Uuid.ZERO, config(COMPACTED.topic()));
        Thread cleaner = new Thread(() -> compactForEver(manager), "cleaner");
        cleaner.setDaemon(true);
        cleaner.start();
        out.println("d");
        AppendInfo info = new AppendInfo();
        BatchBuilder builder = new BatchBuilder();
        TransactionalWork transactions = new TransactionalWork(logs.get(TRANSACTIONS), random, builder, out);
        while (true) {
            int partition = random.nextInt(LOGS);
            PartitionLog log = logs.get(partition);
            appendKeyed(compacted, random, builder, info, out);
            int dice = random.nextInt(400);
            if (dice == 0) {
                long offset = Math.max(log.logStartOffset(), log.logEndOffset() - random.nextInt(200));
                out.println("t " + partition + " " + offset + " .");
                log.truncateTo(offset);
                out.println("u " + partition + " " + log.logEndOffset() + " .");
            } else if (dice == 1) {
                log.flush();
            } else if (dice == 2) {
                long offset = log.logStartOffset() + random.nextInt(100);
                log.updateHighWatermark(log.logEndOffset());
                out.println("s " + partition + " " + log.logEndOffset() + " .");
                log.deleteRecords(Math.min(offset, log.highWatermark()));
                manager.sweepNow();
            } else if (dice == 3) {
                log.upkeep().restIfIdle(0);
            } else if (partition == TRANSACTIONS) {
                transactions.step();
            } else {
                append(log, partition, random, builder, info, out);
            }
        }
    }

    private static void append(
            PartitionLog log, int partition, Random random, BatchBuilder builder, AppendInfo info, PrintStream out) {
        long seed = random.nextLong();
        int count = 1 + random.nextInt(5);
        builder.begin(compression(random));
        for (int i = 0; i < count; i++) {
            builder.append(System.currentTimeMillis(), null, value(seed, i));
        }
        ByteBuffer batch = builder.finish();
        log.appendAsLeader(batch, 0, AppendOrigin.CLIENT, info);
        out.println("a " + partition + " " + info.firstOffset() + " " + count + " " + seed + " .");
    }

    private static void compactForEver(LogManager manager) {
        while (true) {
            manager.compactNow();
            Thread.yield();
        }
    }

    private static void appendKeyed(
            PartitionLog log, Random random, BatchBuilder builder, AppendInfo info, PrintStream out) {
        int key = random.nextInt(KEYS);
        builder.begin(compression(random));
        byte[] keyBytes = Integer.toString(key).getBytes(StandardCharsets.UTF_8);
        builder.append(System.currentTimeMillis(), keyBytes, keyedValue(key, log.logEndOffset()));
        log.appendAsLeader(builder.finish(), 0, AppendOrigin.CLIENT, info);
        log.updateHighWatermark(log.logEndOffset());
        out.println("k " + info.firstOffset() + " " + key + " .");
    }

    static byte[] keyedValue(int key, long offset) {
        return (key + " " + offset + " " + "x".repeat((int) (offset % 300))).getBytes(StandardCharsets.UTF_8);
    }

    /** As often none as any. */
    static Compression compression(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Compression.LZ4;
            case 1 -> Compression.ZSTD;
            default -> Compression.NONE;
        };
    }

    private static LogConfig compactedConfig() {
        return new LogConfig.Builder()
                .segmentBytes(20_000)
                .indexIntervalBytes(500)
                .compact(true)
                .delete(false)
                .minCleanableDirtyRatio(0)
                .fileDeleteDelayMs(1)
                .build();
    }

    static LogManager open(Path dir) {
        LogManager manager = new LogManager(config(dir), Clock.systemUTC());
        manager.lockDirs();
        manager.start(1, CLUSTER, CrashChild::config).join();
        return manager;
    }

    // With marks so close that recovery begins at one as often as not.
    private static StorageConfig config(Path dir) {
        return new StorageConfig.Builder(List.of(dir))
                .mappedMaxBytes(MAPPED_MAX_BYTES)
                .recoveryMarkBytes(5_000)
                .build();
    }

    private static LogConfig config(String topic) {
        return topic.equals(COMPACTED.topic()) ? compactedConfig() : retainedConfig();
    }

    private static LogConfig retainedConfig() {
        return new LogConfig.Builder()
                .segmentBytes(40_000)
                .indexIntervalBytes(500)
                .retentionBytes(1_000_000)
                .fileDeleteDelayMs(5)
                .build();
    }

    /** @param i from 0 to {@link #LOGS} - 1 */
    static TopicPartition partition(int i) {
        return new TopicPartition(TOPIC, i);
    }

    /** Bytes of record i of the batch with this seed: 0 to 3000, all different. */
    static byte[] value(long seed, int i) {
        Random random = new Random(seed + i);
        byte[] value = new byte[random.nextInt(10) == 0 ? random.nextInt(3000) : random.nextInt(200)];
        random.nextBytes(value);
        return value;
    }
}

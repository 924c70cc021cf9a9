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
 *  d                                     all logs are open
 * </pre>
 */
public final class CrashChild {
    static final int PARTITIONS = 3;
    static final String TOPIC = "crash";
    static final String CLUSTER = "crash-harness-cluster0";

    private CrashChild() {}

    public static void main(String[] args) {
        Path dir = Path.of(args[0]);
        Random random = new Random(Long.parseLong(args[1]));
        PrintStream out = new PrintStream(System.out, true);
        LogManager manager = open(dir);
        List<PartitionLog> logs = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            logs.add(manager.getOrCreate(partition(i), Uuid.ZERO, config()));
        }
        out.println("d");
        AppendInfo info = new AppendInfo();
        BatchBuilder builder = new BatchBuilder();
        while (true) {
            PartitionLog log = logs.get(random.nextInt(PARTITIONS));
            int partition = log.topicPartition().partition();
            int dice = random.nextInt(400);
            if (dice == 0) {
                long offset = Math.max(log.logStartOffset(), log.logEndOffset() - random.nextInt(200));
                out.println("t " + partition + " " + offset);
                log.truncateTo(offset);
                out.println("u " + partition + " " + log.logEndOffset());
            } else if (dice == 1) {
                log.flush();
            } else if (dice == 2) {
                long offset = log.logStartOffset() + random.nextInt(100);
                log.updateHighWatermark(log.logEndOffset());
                out.println("s " + partition + " " + log.logEndOffset());
                log.deleteRecords(Math.min(offset, log.highWatermark()));
                manager.sweepNow();
            } else if (dice == 3) {
                log.restIfIdle(0);
            } else {
                append(log, partition, random, builder, info, out);
            }
        }
    }

    private static void append(
            PartitionLog log, int partition, Random random, BatchBuilder builder, AppendInfo info, PrintStream out) {
        long seed = random.nextLong();
        int count = 1 + random.nextInt(5);
        builder.begin(Compression.NONE);
        for (int i = 0; i < count; i++) {
            builder.append(System.currentTimeMillis(), null, value(seed, i));
        }
        ByteBuffer batch = builder.finish();
        log.appendAsLeader(batch, 0, AppendOrigin.CLIENT, info);
        out.println("a " + partition + " " + info.firstOffset() + " " + count + " " + seed);
    }

    static LogManager open(Path dir) {
        LogManager manager = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        manager.lockDirs();
        manager.start(1, CLUSTER, topic -> config()).join();
        return manager;
    }

    static LogConfig config() {
        return new LogConfig.Builder()
                .segmentBytes(100_000)
                .indexIntervalBytes(500)
                .retentionBytes(1_000_000)
                .fileDeleteDelayMs(5)
                .build();
    }

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

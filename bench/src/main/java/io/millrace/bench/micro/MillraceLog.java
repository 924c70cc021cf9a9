package io.millrace.bench.micro;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** One partition of ours in a directory of its own, which is removed when it is closed. */
final class MillraceLog implements AppendTarget {
    private final Path dir;
    private final LogManager manager;
    private final PartitionLog log;
    private final AppendInfo info = new AppendInfo();
    private final LogSlice slice = new LogSlice();

    MillraceLog() throws IOException {
        dir = Files.createTempDirectory("millrace-bench");
        manager = started(StorageConfig.of(List.of(dir)));
        log = open();
    }

    /** @param mappedMaxBytes batches of less are appended through mapped memory, others by calls of {@code write} */
    MillraceLog(int mappedMaxBytes) throws IOException {
        dir = Files.createTempDirectory("millrace-bench");
        manager = started(new StorageConfig.Builder(List.of(dir))
                .mappedMaxBytes(mappedMaxBytes)
                .build());
        log = open();
    }

    private MillraceLog(Path dir) {
        this.dir = dir;
        manager = started(StorageConfig.of(List.of(dir)));
        log = open();
    }

    /** Closes it in order and opens it again, as when a broker is started again; this one must not be used any more. */
    MillraceLog reopened() {
        manager.close();
        return new MillraceLog(dir);
    }

    private static LogManager started(StorageConfig config) {
        LogManager manager = new LogManager(config, Clock.systemUTC());
        manager.lockDirs();
        manager.start(0, "bench", topic -> LogConfig.DEFAULT).join();
        return manager;
    }

    private PartitionLog open() {
        return manager.getOrCreate(new TopicPartition("bench", 0), new Uuid(1, 2), LogConfig.DEFAULT);
    }

    @Override
    public long append(ByteBuffer records) {
        log.appendAsLeader(Batches.anew(records), 0, AppendOrigin.CLIENT, info);
        return info.firstOffset();
    }

    /** Checks a batch as before an append, and says how long it is then. */
    int validate(ByteBuffer records) {
        log.validate(Batches.anew(records), AppendOrigin.CLIENT, info);
        return info.validBytes();
    }

    /** Finds up to {@code maxBytes} from {@code offset} on, and says how many there are. */
    int find(long offset, int maxBytes) {
        log.read(offset, maxBytes, true, log.logEndOffset(), slice);
        int length = slice.length();
        slice.release();
        return length;
    }

    Path partitionDir() {
        return log.path();
    }

    long logEndOffset() {
        return log.logEndOffset();
    }

    @Override
    public void close() throws IOException {
        manager.close();
        TempDirs.delete(dir);
    }
}

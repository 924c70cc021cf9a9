package io.millrace.broker.replica;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.SyncPolicy;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.FileMaps;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.file.SpaceGuard;
import io.millrace.storage.log.LogDirHealth;
import io.millrace.storage.log.LogHints;
import io.millrace.storage.log.LogHost;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Logs whose syncs happen when the test says so, and that are flushed by nobody else; under the sync policy "group" as a rule. */
public final class HeldSyncs {
    private final Path dir;
    private final SyncPolicy policy;
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final ScheduledExecutorService nothing = Executors.newSingleThreadScheduledExecutor();

    private volatile long free = Long.MAX_VALUE / 2;

    private final LogHost host;

    public HeldSyncs(Path dir) {
        this(dir, SyncPolicy.GROUP);
    }

    HeldSyncs(Path dir, SyncPolicy policy) {
        this.dir = dir;
        this.policy = policy;
        nothing.shutdown();
        host = host();
    }

    public PartitionLog create(TopicPartition name, Uuid topicId) throws IOException {
        return create(name, topicId, LogConfig.DEFAULT);
    }

    PartitionLog create(TopicPartition name, Uuid topicId, LogConfig config) throws IOException {
        Path path = Files.createDirectories(dir.resolve(name.toString()));
        return PartitionLog.create(name, topicId, path, config, host);
    }

    /** A log that is there, as it is opened after its process was killed. */
    public PartitionLog open(TopicPartition name) throws IOException {
        return PartitionLog.open(name, dir.resolve(name.toString()), LogConfig.DEFAULT, host, LogHints.NONE);
    }

    private LogHost host() {
        OpenFiles openFiles = new OpenFiles(16, Runnable::run);
        LogDirHealth health = new LogDirHealth(dir, failed -> {});
        FileHost files =
                new FileHost(openFiles, Runnable::run, new SpaceGuard(new Disk(), 1), 0, new FileMaps(), health::fail);
        return new LogHost(
                files,
                nothing,
                nothing,
                Clock.systemUTC(),
                health,
                86_400_000,
                (partition, offset) -> {},
                policy,
                held::add,
                partition -> {},
                null,
                () -> false);
    }

    /** From now on that many bytes are free on the disk, however much is written. */
    public void free(long bytes) {
        free = bytes + 1;
    }

    /** Whether one has been asked for. */
    public boolean wanted() {
        return !held.isEmpty();
    }

    /** Does what was asked for so far. */
    public void run() {
        for (int count = held.size(); count > 0; count--) {
            held.remove().run();
        }
    }

    private final class Disk extends FileStore {
        @Override
        public String name() {
            return "a disk of the test";
        }

        @Override
        public String type() {
            return "test";
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public long getTotalSpace() {
            return Long.MAX_VALUE;
        }

        @Override
        public long getUsableSpace() {
            return free;
        }

        @Override
        public long getUnallocatedSpace() {
            return free;
        }

        @Override
        public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
            return false;
        }

        @Override
        public boolean supportsFileAttributeView(String name) {
            return false;
        }

        @Override
        public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
            return null;
        }

        @Override
        public Object getAttribute(String attribute) {
            throw new UnsupportedOperationException(attribute);
        }
    }
}

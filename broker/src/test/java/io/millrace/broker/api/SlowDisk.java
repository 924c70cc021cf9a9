package io.millrace.broker.api;

import io.millrace.storage.file.FileMaps;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A disk on which who has the map of a log made, which is what reading one from far behind its end begins with, waits for the test. */
final class SlowDisk {
    private static final int TIMEOUT_SECONDS = 20;

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile boolean slow;

    FileMaps maps() {
        return new FileMaps(this::map, System::nanoTime);
    }

    /** From now on until {@link #release}. */
    void hold() {
        slow = true;
    }

    void awaitReader() throws InterruptedException {
        if (!reached.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("Nothing is read from the slow disk");
        }
    }

    void release() {
        slow = false;
        released.countDown();
    }

    private MappedByteBuffer map(FileChannel channel, FileChannel.MapMode mode, long position, long length)
            throws IOException {
        if (slow && mode == FileChannel.MapMode.READ_ONLY) {
            reached.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new AssertionError("A thread of the storage was interrupted", e);
            }
        }
        return channel.map(mode, position, length);
    }
}

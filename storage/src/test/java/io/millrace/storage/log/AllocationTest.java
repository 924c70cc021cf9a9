package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.LogConfig;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Appending and reading make no garbage once they run. */
class AllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 20_000;

    @TempDir
    Path dir;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void appendMakesNoGarbage() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            ByteBuffer batch = Batches.idempotent(1, 0, 0, TestLog.NOW, "x".repeat(100));
            ByteBuffer copy = ByteBuffer.allocateDirect(batch.remaining());
            PlainAppend append = new PlainAppend(test, batch, copy);
            assertThat(allocatedPerRun(append)).isLessThan(1);
        }
    }

    @Test
    void followerAppendMakesNoGarbage() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            ByteBuffer batch = Batches.stored(0, 0, TestLog.NOW, "x".repeat(100));
            Runnable append = () -> {
                batch.putLong(0, test.log.logEndOffset());
                test.log.appendAsFollower(batch, test.info);
            };
            assertThat(allocatedPerRun(append)).isLessThan(1);
        }
    }

    @Test
    void readAtTheTailAndElsewhereMakesNoGarbage() {
        try (TestLog test =
                new TestLog(dir, TestLog.config().segmentBytes(200_000).build())) {
            for (int i = 0; i < 10_000; i++) {
                test.append(Batches.of(TestLog.NOW, "x".repeat(100)));
            }
            assertThat(test.log.segmentCount()).isGreaterThan(5);
            LogSlice slice = new LogSlice();
            ByteBuffer out = ByteBuffer.allocateDirect(64 * 1024);
            long end = test.log.logEndOffset();
            for (long offset : new long[] {end - 1, end - 100, 5000, 17}) {
                Runnable read = () -> {
                    test.log.read(offset, 32 * 1024, true, end, slice);
                    out.clear();
                    slice.copyTo(out);
                    slice.release();
                };
                assertThat(allocatedPerRun(read)).as("offset " + offset).isLessThan(1);
            }
        }
    }

    @Test
    void slicesKeepNoDirectMemory() {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            test.append(Batches.of(TestLog.NOW, "x"));
            long before = direct.getCount();
            List<LogSlice> slices = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                LogSlice slice = new LogSlice();
                slices.add(slice);
                test.log.read(0, 1_000, true, 1, slice);
                assertThat(slice.length()).isPositive();
            }
            assertThat(direct.getCount() - before)
                    .as("direct buffers for 1000 slices")
                    .isLessThan(100);
            slices.forEach(LogSlice::release);
        }
    }

    // Bytes that this thread allocates for each run; windows and index growth, a few objects each, are spread over
    // thousands of runs.
    private double allocatedPerRun(Runnable run) {
        for (int i = 0; i < WARM_UP; i++) {
            run.run();
        }
        long id = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(id);
        for (int i = 0; i < MEASURED; i++) {
            run.run();
        }
        return (double) (threads.getThreadAllocatedBytes(id) - before) / MEASURED;
    }

    private record PlainAppend(TestLog test, ByteBuffer batch, ByteBuffer copy) implements Runnable {
        @Override
        public void run() {
            // The append stamps the batch, and each must come with the next sequence; the checksum covers that.
            copy.clear();
            copy.put(0, batch, 0, batch.remaining());
            BatchHeader.setProducer(copy, 0, 1, (short) 0, (int) test.log.logEndOffset());
            test.append(copy);
        }
    }
}

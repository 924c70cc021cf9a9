package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** CPU time is counted to less than a tick, and that of ended threads is not lost. */
class CpuClockTest {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final CpuClock clock = new CpuClock(ProcessHandle.current().pid());

    @Test
    void countsWhatTakesLessThanATick() throws IOException {
        clock.seconds();
        double before = clock.seconds();
        double used = 0;
        for (int i = 0; i < 3; i++) {
            used += use(2_000_000);
        }
        assertThat(clock.seconds() - before).isGreaterThanOrEqualTo(used * 0.9).isPositive();
        assertThat(clock.seconds() * 1e9 % 10_000_000)
                .as("not a number of ticks")
                .isNotZero();
    }

    @Test
    void countsThreadsThatHaveEnded() throws Exception {
        double before = clock.seconds();
        double[] used = new double[1];
        Thread thread = new Thread(() -> used[0] = use(200_000_000));
        thread.start();
        thread.join();
        assertThat(clock.seconds() - before).isGreaterThan(used[0] - 0.03);
    }

    @Test
    void agreesWithWhatTheKernelSays() throws IOException {
        assertThat(clock.seconds())
                .isCloseTo(Proc.cpuSeconds(ProcessHandle.current().pid()), Offset.offset(0.2));
    }

    private static double use(long ns) {
        long start = THREADS.getCurrentThreadCpuTime();
        long now = start;
        while (now - start < ns) {
            now = THREADS.getCurrentThreadCpuTime();
        }
        return (now - start) / 1e9;
    }
}

package io.millrace.bench.micro;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * What a loop of operations takes beside the time of its thread: CPU time of the whole process, as pages may be provided by
 * another thread, and garbage of the loop alone, as a log that is opened for each loop makes garbage too, and so does the
 * harness. Benchmarks call {@link #begin} and {@link #end} around loops of their own, or {@link #endIteration} behind those of
 * JMH; JMH, told to use this as a profiler, puts both beside their results.
 */
public final class LoopMeter implements InternalProfiler {
    /** Names of what it measures, each for one operation. */
    public static final String PROCESS_CPU = "loop.process.cpu";

    /** Likewise. */
    public static final String GARBAGE = "loop.garbage";

    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final double NS_PER_US = 1e3;

    // Of this process; only one thread measures. JMH makes the profiler, so that they cannot be its fields.
    private static long cpuNs;
    private static long allocated;
    private static long operations;
    private static boolean isWholeIteration;

    /** Before the first operation, on the thread that does them. */
    static void begin() {
        cpuNs -= PROCESS.getProcessCpuTime();
        allocated -= THREADS.getCurrentThreadAllocatedBytes();
    }

    /** Behind the last one. */
    static void end(long count) {
        allocated += THREADS.getCurrentThreadAllocatedBytes();
        cpuNs += PROCESS.getProcessCpuTime();
        operations += count;
    }

    /** At the end of an iteration whose loop is that of JMH, which knows how many operations it were. */
    static void endIteration() {
        allocated += THREADS.getCurrentThreadAllocatedBytes();
        isWholeIteration = true;
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        cpuNs = 0;
        allocated = 0;
        operations = 0;
        isWholeIteration = false;
    }

    @Override
    public Collection<ScalarResult> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        if (isWholeIteration) {
            double all = result.getMetadata().getAllOps();
            return List.of(new ScalarResult(GARBAGE, allocated / all, "B/op", AggregationPolicy.AVG));
        }
        if (operations == 0) {
            return List.of();
        }
        return List.of(
                new ScalarResult(PROCESS_CPU, cpuNs / NS_PER_US / operations, "us/op", AggregationPolicy.AVG),
                new ScalarResult(GARBAGE, (double) allocated / operations, "B/op", AggregationPolicy.AVG));
    }

    @Override
    public String getDescription() {
        return "CPU time of the process and garbage of the thread, by loop";
    }
}

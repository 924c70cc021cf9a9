package io.millrace.bench.rig;

import java.io.IOException;
import java.util.List;

/**
 * What some work took.
 *
 * @param cpuSeconds of the brokers
 * @param seconds by the clock
 */
record Usage(double cpuSeconds, double seconds) {
    /** Where CPU time is read. */
    interface Cpu {
        double seconds() throws IOException;
    }

    /** What is measured, on the thread of the caller. */
    interface Work {
        void run() throws Exception;
    }

    /** What several took together. */
    static Usage sum(List<Usage> usages) {
        return new Usage(
                usages.stream().mapToDouble(Usage::cpuSeconds).sum(),
                usages.stream().mapToDouble(Usage::seconds).sum());
    }

    static Usage of(Cpu cpu, Work work) throws Exception {
        double before = cpu.seconds();
        long startNs = System.nanoTime();
        work.run();
        double seconds = (System.nanoTime() - startNs) / 1e9;
        return new Usage(cpu.seconds() - before, seconds);
    }
}

package io.millrace.bench;

import java.io.IOException;
import one.profiler.AsyncProfilerLoader;

/** Prints where async-profiler's library is, unpacked from its jar, for JMH to load. Called by bench.sh. */
public final class AsyncProfiler {
    private AsyncProfiler() {}

    public static void main(String[] args) throws IOException {
        System.out.println(AsyncProfilerLoader.getAsyncProfilerPath());
    }
}

package io.millrace.bench.rig;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Rows 1 to 3, and all other micro-benchmarks: runs them with JMH, in processes of its own, and pairs what is called or
 * begins with {@code millrace} with what is called or begins with {@code kafka}.
 */
final class MicroRows {
    private static final String PACKAGE = "io.millrace.bench.micro.";
    private static final String APPENDS_AND_READS = PACKAGE + "(Append|Read)Benchmark.*";
    private static final String OURS = "millrace";
    private static final String THEIRS = "kafka";
    private static final String TARGET = "target";
    private static final String GARBAGE = "gc.alloc.rate.norm";

    /** By the rest of the benchmark's name: the row of the table, and its goal. */
    private static final Map<String, Metric> TARGETS = Map.of(
            "append1x100B", Metric.less(1, "append one record of 100 B", "", 10),
            "append160x100B", Metric.less(2, "append a batch of 16 KiB, 160 records", "", 2),
            "append16x1KiB", Metric.less(2, "append a batch of 16 KiB, 16 records", "", 2),
            "lookupAndSlice", Metric.less(3, "look up and slice", "", 10));

    private MicroRows() {}

    /** @param all whether to run all of them; else only those that have a goal, and those briefly */
    static void measure(boolean all, Samples samples) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(all ? PACKAGE + ".*" : APPENDS_AND_READS)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true);
        if (!all) {
            options.warmupIterations(4).measurementIterations(6).forks(1);
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        for (RunResult result : results) {
            add(result, samples);
        }
    }

    private static void add(RunResult result, Samples samples) {
        BenchmarkParams params = result.getParams();
        String[] path = params.getBenchmark().split("\\.");
        String method = path[path.length - 1];
        // Some have a method for each, others say by a parameter whose turn it is, and that of the limits.
        String turn = params.getParamsKeys().contains(TARGET) ? params.getParam(TARGET) : method;
        boolean ours = turn.equals(OURS) || turn.equals(method) && method.startsWith(OURS);
        if (!ours && !turn.equals(THEIRS) && !(turn.equals(method) && method.startsWith(THEIRS))) {
            return;
        }
        String contender = ours ? "Millrace" : "Kafka";
        // Ours are called by how they do it, too; what clients do has no counterpart.
        String rest = method.replaceFirst("^(" + OURS + "|" + THEIRS + ")", "").replaceFirst("(View|Writer)$", "");
        if (rest.endsWith("Message")) {
            return;
        }
        String operation = rest.isEmpty() ? "" : rest.substring(0, 1).toLowerCase(Locale.ROOT) + rest.substring(1);
        StringBuilder name = new StringBuilder(path[path.length - 2].replace("Benchmark", ""));
        name.append(operation.isEmpty() ? "" : " " + operation);
        for (String key : params.getParamsKeys()) {
            if (key.equals(TARGET)) {
                continue;
            }
            name.append(", ").append(params.getParam(key)).append(' ').append(key);
        }
        Metric target = TARGETS.getOrDefault(operation, Metric.less(0, name.toString(), "", 0));
        Result<?> time = result.getPrimaryResult();
        samples.add(
                Metric.less(target.row(), "JMH: " + target.name(), time.getScoreUnit())
                        .goal(target.goal(), target.stretch()),
                contender,
                time.getScore());
        result.getSecondaryResults().forEach((label, value) -> {
            if (label.endsWith(GARBAGE)) {
                samples.add(Metric.less(0, "JMH: " + target.name() + ", garbage", "B/op"), contender, value.getScore());
            }
        });
    }
}

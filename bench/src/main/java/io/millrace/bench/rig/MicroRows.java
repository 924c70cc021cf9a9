package io.millrace.bench.rig;

import io.millrace.bench.micro.LoopMeter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Rows 1 to 3, and all other micro-benchmarks: each contender of each in a process of its own, in turn like everything else, as often as
 * everything else, as two figures that were taken minutes apart are no pair, and one of each has no spread.
 */
final class MicroRows {
    private static final String PACKAGE = "io.millrace.bench.micro.";

    /** Those that have a goal. */
    private static final String GOALS = PACKAGE + "(Append|Read)Benchmark.*(append1x100B|append16|LookupAndSlice).*";

    private final Chapter.Operations which;
    private final Path work;

    /**
     * @param which are measured
     * @param work where the output of JMH is kept while a benchmark runs
     */
    MicroRows(Chapter.Operations which, Path work) {
        this.which = which;
        this.work = work;
    }

    void measure(Turns turns, Samples samples, Comparison.Progress progress) throws InterruptedException, IOException {
        boolean isAll = which == Chapter.Operations.ALL;
        for (MicroGroup all : MicroGroup.of(sides(isAll ? PACKAGE + ".*" : GOALS))) {
            MicroGroup group = isAll ? all : all.withoutVariants();
            int runs = group.hasGoal() ? turns.runs() : Rows.runsAroundTheGoals(turns.runs());
            Samples taken =
                    turns.take(runs, "JMH: " + group.title(), group.sides(), MicroSide::toString, (side, dir, into) -> {
                        group.add(side, run(side), into);
                    });
            Table.print(group.title(), taken, List.of(MicroGroup.OURS, MicroGroup.THEIRS));
            samples.addAll(taken);
            progress.measured();
        }
    }

    /** All benchmarks with all their parameters. */
    static List<MicroSide> sides(String include) {
        var nothing = OutputFormatFactory.createFormatInstance(
                new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8), VerboseMode.SILENT);
        List<MicroSide> sides = new ArrayList<>();
        for (BenchmarkListEntry entry : BenchmarkList.defaultList().find(nothing, List.of(include), List.of())) {
            List<SortedMap<String, String>> settings = List.of(new TreeMap<>());
            for (Map.Entry<String, String[]> param :
                    entry.getParams().orElse(Map.of()).entrySet()) {
                List<SortedMap<String, String>> more = new ArrayList<>();
                for (SortedMap<String, String> setting : settings) {
                    for (String value : param.getValue()) {
                        SortedMap<String, String> one = new TreeMap<>(setting);
                        one.put(param.getKey(), value);
                        more.add(one);
                    }
                }
                settings = more;
            }
            settings.forEach(setting -> sides.add(new MicroSide(entry.getUsername(), setting)));
        }
        return sides;
    }

    private RunResult run(MicroSide side) throws RunnerException, IOException {
        Path log = Files.createTempFile(work, "jmh-", ".log");
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(side.benchmark()) + "$")
                .addProfiler(GCProfiler.class)
                .addProfiler(LoopMeter.class)
                .output(log.toString())
                .forks(1)
                .shouldFailOnError(true);
        side.params().forEach(options::param);
        if (which == Chapter.Operations.GOALS_BRIEFLY) {
            // Those that run for a time and not once.
            boolean isTimed = side.subject().equals("Read");
            options.warmupIterations(isTimed ? 4 : 20).measurementIterations(isTimed ? 3 : 6);
            options.warmupTime(TimeValue.milliseconds(500)).measurementTime(TimeValue.milliseconds(500));
        }
        try {
            return new Runner(options.build()).runSingle();
        } catch (RunnerException e) {
            throw new IOException(e.getMessage() + "; JMH said: " + reason(Files.readString(log)), e);
        } finally {
            Files.delete(log);
        }
    }

    /** The first line of what was printed that names an exception, and what follows. */
    private static String reason(String output) {
        return output.lines()
                .dropWhile(line -> !line.contains("Exception") && !line.contains("Error"))
                .limit(3)
                .reduce((a, b) -> a + " " + b.trim())
                .orElse("nothing");
    }
}

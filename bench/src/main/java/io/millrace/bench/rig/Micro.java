package io.millrace.bench.rig;

import io.millrace.bench.micro.LoopMeter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * The micro-benchmarks as JMH runs them, by its own options, with their results kept: all that JMH says as JSON, and a table of ours beside
 * Kafka's. Called by bench.sh.
 */
public final class Micro {
    private Micro() {}

    /** @param args those of JMH */
    public static void main(String[] args) throws Exception {
        CommandLineOptions asked = new CommandLineOptions(args);
        if (asked.shouldHelp()
                || asked.shouldList()
                || asked.shouldListWithParams()
                || asked.shouldListProfilers()
                || asked.shouldListResultFormats()) {
            org.openjdk.jmh.Main.main(args);
            return;
        }
        Path dir = Files.createDirectories(Rig.RESULTS);
        LocalDateTime started = LocalDateTime.now();
        String name = Rig.unused(dir, started.format(Rig.NAME) + "-micro");
        Path json = Path.of(asked.getResult().orElse(dir.resolve(name + ".json").toString()));
        var options = new OptionsBuilder()
                .parent(asked)
                .addProfiler(GCProfiler.class)
                .addProfiler(LoopMeter.class)
                .resultFormat(asked.getResultFormat().orElse(ResultFormatType.JSON))
                .result(json.toString());
        Collection<RunResult> results = new Runner(options.build()).run();
        if (results.isEmpty()) {
            return;
        }
        Samples samples = samples(results);
        Circumstances circumstances = new Circumstances(
                started,
                Proc.machine(),
                Table.format(Proc.load()),
                Facts.code(),
                "run of single operations",
                1,
                String.join(" ", args),
                Map.of());
        String text = "# Single operations beside Kafka's classes, " + started.toLocalDate() + "\n\n"
                + "* `bin/bench.sh " + circumstances.part() + "`, of " + circumstances.code() + ".\n* "
                + circumstances.machine() + "; load at the end " + circumstances.load() + ".\n"
                + "* One run of each, not in turn: for a direction, not for a verdict. All that JMH says of them: ["
                + json.getFileName()
                + "](" + json.getFileName() + ").\n\n"
                + new Table(samples, List.of(MicroGroup.OURS, MicroGroup.THEIRS)).text();
        Path table = json.resolveSibling(json.getFileName().toString().replaceFirst("\\.[^.]*$", "") + ".md");
        Files.writeString(table, text);
        System.out.println("\n" + text + "\nWrote " + json + " and " + table);
    }

    /** Pairs what can be compared. */
    static Samples samples(Collection<RunResult> results) {
        Map<MicroSide, RunResult> bySide = new HashMap<>();
        List<MicroSide> sides = results.stream()
                .map(result -> {
                    var params = result.getParams();
                    Map<String, String> values = new HashMap<>();
                    params.getParamsKeys().forEach(key -> values.put(key, params.getParam(key)));
                    MicroSide side = MicroSide.of(params.getBenchmark(), params.getParamsKeys(), values);
                    bySide.put(side, result);
                    return side;
                })
                .toList();
        Samples samples = new Samples();
        for (MicroGroup group : MicroGroup.of(sides)) {
            for (MicroSide side : group.sides()) {
                RunResult result = bySide.get(side);
                if (result != null) {
                    group.add(side, result, samples);
                }
            }
        }
        return samples;
    }
}

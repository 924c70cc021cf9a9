package io.millrace.bench.rig;

import io.millrace.bench.micro.LoopMeter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Micro-benchmarks that are compared with each other: one of Kafka's, those of ours that do the same, and what neither can do without. */
record MicroGroup(String title, List<MicroSide> sides) {
    static final String OURS = "Millrace";
    static final String THEIRS = "Kafka";

    private static final String GARBAGE = "gc.alloc.rate.norm";

    /** What the harness itself makes is a few bytes in a thousand operations. */
    private static final Goal NO_GARBAGE = Goal.atMost(0.05);

    /** So many times as fast in the last third of what is measured as in the first: it was still being compiled. */
    private static final double STILL_FASTER = 1.25;

    private static final Goal TEN = Goal.times(10);
    private static final Goal TWENTY = Goal.times(20);

    /** By the operation: the row of the table, and its goal. */
    private static final Map<String, Metric> TARGETS = Map.of(
            "append1x100B", Metric.less(1, "append one record of 100 B", "").goal(TEN, TWENTY),
            "append160x100B",
                    Metric.less(2, "append a batch of 16 KiB, 160 records", "").goal(Goal.times(2), Goal.times(5)),
            "append16x1KiB",
                    Metric.less(2, "append a batch of 16 KiB, 16 records", "").goal(Goal.times(2), Goal.times(5)),
            "lookupAndSlice", Metric.less(3, "look up and slice", "").goal(TEN, TWENTY));

    /** Those that can be compared, in the order of their names. */
    static List<MicroGroup> of(Collection<MicroSide> all) {
        Map<String, List<MicroSide>> bySetting = new LinkedHashMap<>();
        all.forEach(side -> bySetting
                .computeIfAbsent(side.group(), key -> new ArrayList<>())
                .add(side));
        List<MicroGroup> groups = new ArrayList<>();
        bySetting.values().forEach(sides -> {
            List<MicroSide> kafkas = sides.stream()
                    .filter(side -> side.kind() == MicroSide.Kind.THEIRS)
                    .toList();
            for (MicroSide kafka : kafkas) {
                List<MicroSide> group = sides.stream()
                        .filter(side -> side.equals(kafka)
                                || side.kind() == MicroSide.Kind.OURS && compares(side, kafka, kafkas)
                                || side.kind() == MicroSide.Kind.LIMIT && kafka.equals(kafkas.get(0)))
                        .toList();
                groups.add(new MicroGroup(kafka.subject() + " " + kafka.operation() + kafka.suffix(), group));
            }
        });
        return groups;
    }

    /** Of the same operation; or, if Kafka has one way only where we have several, of that one. */
    private static boolean compares(MicroSide ours, MicroSide kafka, List<MicroSide> kafkas) {
        boolean hasItsOwn = kafkas.stream().anyMatch(other -> other.operation().equals(ours.operation()));
        return hasItsOwn
                ? kafka.operation().equals(ours.operation())
                : kafka.operation().isEmpty() && kafkas.size() == 1;
    }

    /** Without the ways of ours that are not the usual one. */
    MicroGroup withoutVariants() {
        return new MicroGroup(
                title,
                sides.stream()
                        .filter(side -> side.kind() != MicroSide.Kind.OURS
                                || side.variant().isEmpty())
                        .toList());
    }

    boolean hasGoal() {
        return sides.stream().anyMatch(side -> TARGETS.containsKey(side.operation()));
    }

    /** Adds what one of them took; what Kafka took stands beside each of ours. */
    void add(MicroSide side, RunResult result, Samples samples) {
        switch (side.kind()) {
            case OURS -> add(side, OURS, result, samples);
            case LIMIT -> add(side, Table.LIMIT, result, samples);
            case THEIRS ->
                sides.stream()
                        .filter(ours -> ours.kind() == MicroSide.Kind.OURS)
                        .forEach(ours -> add(ours, THEIRS, result, samples));
        }
    }

    /** @param named by which the figure is called */
    private static void add(MicroSide named, String contender, RunResult result, Samples samples) {
        Metric target = TARGETS.getOrDefault(named.operation(), Metric.less(0, "", ""));
        boolean isUsual = named.kind() == MicroSide.Kind.OURS && named.variant().isEmpty();
        String name = name(named, target);
        Result<?> time = result.getPrimaryResult();
        samples.add(
                goal(Metric.less(isUsual ? target.row() : 0, name, time.getScoreUnit()), target, isUsual),
                contender,
                time.getScore());
        List<Double> iterations = new ArrayList<>();
        result.getBenchmarkResults().forEach(fork -> {
            for (IterationResult iteration : fork.getIterationResults()) {
                iterations.add(iteration.getPrimaryResult().getScore());
            }
        });
        samples.addSeries(name + ": by iteration, " + time.getScoreUnit(), contender, iterations);
        if (contender.equals(Table.LIMIT)) {
            return;
        }
        if (isUsual) {
            remarkIfNotWarm(name, contender, iterations, time.getScoreUnit(), samples);
        }
        Result<?> cpu = find(result, LoopMeter.PROCESS_CPU);
        if (cpu != null) {
            samples.add(
                    goal(
                            Metric.less(isUsual ? target.row() : 0, name + ", CPU of the process", cpu.getScoreUnit()),
                            target,
                            isUsual),
                    contender,
                    cpu.getScore());
        }
        Result<?> loop = find(result, LoopMeter.GARBAGE);
        Result<?> garbage = loop == null ? find(result, GARBAGE) : loop;
        if (garbage != null) {
            Metric metric = Metric.less(0, name + ", garbage", "B/op");
            samples.add(
                    isUsual && target.row() > 0 ? metric.goal(NO_GARBAGE, Goal.NONE) : metric,
                    contender,
                    garbage.getScore());
        }
    }

    /** Says so if somebody had not come to rest when he was measured. */
    static void remarkIfNotWarm(String name, String contender, List<Double> iterations, String unit, Samples samples) {
        int third = iterations.size() / 3;
        if (third == 0) {
            return;
        }
        double first = Samples.median(iterations.subList(0, third));
        double last = Samples.median(iterations.subList(iterations.size() - third, iterations.size()));
        if (first > STILL_FASTER * last) {
            samples.remark(String.format(
                    Locale.ROOT,
                    "%s, run %d: %s was still getting faster while it was measured, from %.3g to %.3g %s",
                    contender,
                    samples.run(),
                    name,
                    first,
                    last,
                    unit));
        }
    }

    private static Metric goal(Metric metric, Metric target, boolean isUsual) {
        return isUsual ? metric.goal(target.goal(), target.stretch()) : metric;
    }

    private static String name(MicroSide side, Metric target) {
        StringBuilder name = new StringBuilder("JMH: ");
        if (!target.name().isEmpty()) {
            name.append(target.name());
        } else {
            name.append(side.subject());
            boolean isLimit =
                    side.kind() == MicroSide.Kind.LIMIT && side.variant().equals(side.operation());
            name.append(side.operation().isEmpty() || isLimit ? "" : " " + side.operation());
        }
        name.append(side.suffix());
        if (!side.variant().isEmpty()) {
            name.append(side.kind() == MicroSide.Kind.LIMIT ? ", limit: " : ", only ")
                    .append(side.variant());
        }
        return name.toString();
    }

    private static @Nullable Result<?> find(RunResult result, String name) {
        for (String label : result.getSecondaryResults().keySet()) {
            if (label.endsWith(name)) {
                return result.getSecondaryResults().get(label);
            }
        }
        return null;
    }
}

package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published says how it came about, and takes the place of nothing but its like. */
class ReportTest {
    private static final Metric METRIC = Metric.less(1, "what", "s").goal(Goal.times(4), Goal.times(8));

    @TempDir
    Path dir;

    @Test
    void runsOfDifferentKindsHavePlacesOfTheirOwn() throws IOException {
        Path page = dir.resolve("page.md");
        Files.writeString(page, "# Head\n");
        show(page, "short", "short");
        show(page, "full", "full");
        show(page, "short", "again");
        assertThat(page)
                .content()
                .startsWith("# Head\n")
                .contains("<!-- short -->", "<!-- full -->", "by full", "by again");
        assertThat(page).content().doesNotContain("by short");
    }

    @Test
    void aPartSaysSo() throws IOException {
        report(new Samples(), "short run", "--rows bulk", "a", "x").write();
        assertThat(dir.resolve("a.md")).content().contains("* A part (--rows bulk) of a short run of ");
    }

    @Test
    void whatIsKeptOnTheWayIsNoWholeResult() throws IOException {
        Report report = report(new Samples(), "short run", "", "a", "x");
        report.keep();
        assertThat(dir.resolve("a.json")).content().contains("\"complete\" : false");
        report.write();
        assertThat(dir.resolve("a.json")).content().contains("\"complete\" : true");
    }

    @Test
    void resultsAreNeverOverwritten() throws IOException {
        assertThat(Rig.unused(dir, "a")).isEqualTo("a");
        report(new Samples(), "short run", "", "a", "x").keep();
        assertThat(Rig.unused(dir, "a")).isEqualTo("a-2");
    }

    @Test
    void theRatioIsTheMedianOfThePairsAndAVerdictWantsFiveOfThem() {
        Samples samples = new Samples();
        // The medians are 2 and 10; the pairs were 10, 1, 5.
        pair(samples, 1, 1, 10);
        pair(samples, 2, 2, 2);
        pair(samples, 3, 4, 20);
        assertThat(table(samples))
                .contains(
                        "| 1 | what | s | 2.00 | 10.0 | 5.00× (1.00–10.0) | ≥ 4.00× would be reached (3 pairs, indicative) |"
                                + " ≥ 8.00× would be **missed** (3 pairs, indicative) |");
        pair(samples, 4, 1, 5);
        pair(samples, 5, 1, 5);
        assertThat(table(samples)).contains("≥ 4.00× reached | ≥ 8.00× **missed** |");
    }

    @Test
    void oneSampleHasNoSpread() {
        Samples samples = new Samples();
        pair(samples, 1, 1, 10);
        assertThat(table(samples)).contains("| 10.0× (-) |");
    }

    @Test
    void negativeDifferencesAreNotShown() {
        Samples samples = new Samples();
        pair(samples, 1, -1, 10);
        assertThat(table(samples)).contains("| 1 | what | s | - | 10.0 | - | ≥ 4.00× - |");
    }

    @Test
    void aGoalHoldsAgainstEachOpponent() {
        Samples samples = new Samples();
        pair(samples, 1, 1, 10);
        samples.add(METRIC, "C", 2);
        assertThat(new Table(samples, List.of("A", "B", "C")).text())
                .contains(
                        "≥ 4.00× B: would be reached (1 pair, indicative) C: would be **missed** (1 pair, indicative) |");
    }

    private static String table(Samples samples) {
        return new Table(samples, List.of("A", "B")).text();
    }

    private static void pair(Samples samples, int run, double a, double b) {
        Samples one = new Samples(run);
        one.add(METRIC, "A", a);
        one.add(METRIC, "B", b);
        samples.addAll(one);
    }

    private void show(Path page, String kind, String remark) throws IOException {
        Report report = report(new Samples(), kind, "", Rig.unused(dir, "a"), "by " + remark);
        report.write();
        report.showOn(new Page(page));
    }

    private Report report(Samples samples, String kind, String part, String name, String remark) {
        Comparison comparison = new Comparison() {
            @Override
            public Report.Subject subject() {
                return new Report.Subject("A beside B", kind, "", "<!-- " + kind + " -->", List.of(remark));
            }

            @Override
            public List<String> contenders() {
                return List.of("A", "B");
            }

            @Override
            public int usualPairs() {
                return 2;
            }

            @Override
            public void measure(Turns turns, Samples into, Progress progress) {
                into.addAll(samples);
            }
        };
        Turns turns = new Turns(2, Path.of("nowhere"), Duration.ofMinutes(1), Quiet.ANYHOW, text -> {});
        LocalDateTime started = LocalDateTime.of(2026, 11, 29, 12, 0);
        Circumstances circumstances =
                new Circumstances(started, "a machine", "0.1", "some code", kind, 2, part, Map.of());
        return new Report(comparison, circumstances, samples, turns, dir, name, List.of());
    }
}

package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What cannot be meant is said before anything is started. */
class RigTest {
    @TempDir
    Path dir;

    @Test
    void anUnknownBrokerIsNamedWithThoseThatAreKnown() {
        assertThat(refusal("--others", "nats,frog")).startsWith("--others knows no \"frog\", but nats and rabbitmq");
    }

    @Test
    void rowsAndOthersAreNotMeantTogether() {
        assertThat(refusal("--others", "--rows", "bulk")).contains("give one of them");
        assertThat(refusal("--others", "--chapter", "goals")).contains("give one of them");
    }

    @Test
    void aRowThatThereIsNotIsNamed() {
        assertThat(refusal("--short", "--rows", "start,bulky"))
                .startsWith("No row of the short run is called \"bulky\"; --list shows them");
    }

    @Test
    void eachRowCanBeChosenAlone() {
        for (Chapter chapter : Chapter.values()) {
            assertThat(Rows.chosen(chapter, List.of()))
                    .extracting(Row::id)
                    .doesNotHaveDuplicates()
                    .allSatisfy(
                            id -> assertThat(Rows.chosen(chapter, List.of(id))).hasSize(1));
        }
    }

    @Test
    void anySettingOfBulkCanBeNamedWhetherTheRunHasItOrNot() {
        List<BulkRow> all = Rows.matrix(row -> true);
        assertThat(all).as("without the row that has the goal").hasSize(2 * 3 * 3 * 3 * 3 - 1);
        for (BulkRow row : all) {
            assertThat(Rows.chosen(Chapter.SHORT, List.of(row.id())))
                    .extracting(Row::id)
                    .containsExactly(row.id());
        }
        assertThat(Rows.chosen(Chapter.SHORT, List.of("*"))).doesNotContainAnyElementsOf(all);
    }

    @Test
    void theFullRunHasEachSettingOfBulkWithOneBrokerAndWithThree() {
        List<String> ids = Chapter.FULL.stream()
                .flatMap(chapter -> Rows.chosen(chapter, List.of("bulk*", "3-brokers-bulk*")).stream())
                .map(Row::id)
                .toList();
        for (String acks : List.of("0", "1", "all")) {
            for (int bytes : new int[] {100, 1_024, 10_240}) {
                String id = "bulk-acks-" + acks + "-" + bytes + "-bytes-1-partitions-none";
                assertThat(ids).contains(id.equals("bulk-acks-1-1024-bytes-1-partitions-none") ? "bulk" : id);
            }
        }
        for (String middle : List.of("bulk-acks-1", "3-brokers-bulk-acks-all")) {
            assertThat(ids)
                    .contains(
                            middle + "-1024-bytes-16-partitions-none",
                            middle + "-1024-bytes-1000-partitions-none",
                            middle + "-1024-bytes-1-partitions-lz4",
                            middle + "-1024-bytes-1-partitions-zstd");
        }
        assertThat(ids)
                .contains("3-brokers-bulk-acks-0-1024-bytes-1-partitions-none")
                .contains("3-brokers-bulk-acks-all-100-bytes-1-partitions-none")
                .hasSize(13 + 9);
    }

    @Test
    void theTunedKafkaIsMeasuredWhereThereAreGoals() {
        Contender.Kafka tuned = new Contender.Kafka(dir, dir, true);
        assertThat(Rows.chosen(Chapter.GOALS, List.of())).allMatch(row -> row.suits(tuned));
        assertThat(Rows.chosen(Chapter.GROWTH, List.of("groups", "partitions-10", "latency*")))
                .noneMatch(row -> row.suits(tuned))
                .allMatch(row -> row.runs(5) == 2);
    }

    @Test
    void aChapterThatThereIsNotIsNamed() {
        assertThat(refusal("--chapter", "goals,end"))
                .startsWith("The full run has no chapter \"end\", but goals, growth, operations");
        assertThat(refusal("--chapter", "goals", "--short")).contains("give one of them");
    }

    @Test
    void chaptersWithoutWhatWasAskedForAreLeftOut() {
        assertThat(Plan.of(Chapter.FULL, List.of("groups")))
                .extracting(Plan.Part::chapter)
                .containsExactly(Chapter.GROWTH);
        assertThat(Plan.of(Chapter.FULL, List.of()))
                .extracting(Plan.Part::chapter)
                .isEqualTo(Chapter.FULL);
    }

    @Test
    void whatSeveralChaptersHaveIsMeasuredInTheFirstWhenItIsAskedFor() {
        List<Plan.Part> parts = Plan.of(Chapter.FULL, List.of("recovery-10000", Plan.OPERATIONS));
        assertThat(parts).hasSize(1);
        assertThat(parts.get(0).chapter()).isEqualTo(Chapter.GOALS);
        assertThat(parts.get(0).rows()).extracting(Row::id).containsExactly("recovery-10000");
        assertThat(parts.get(0).operations()).isTrue();
        assertThat(Plan.of(List.of(Chapter.GROWTH), List.of("recovery-10000"))).hasSize(1);
    }

    private String refusal(String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("--millrace", "none", "--kafka-libs", "none", "--work", dir.toString()));
        arguments.addAll(List.of(options));
        StringWriter said = new StringWriter();
        int status = new CommandLine(new Rig()).setErr(new PrintWriter(said)).execute(arguments.toArray(String[]::new));
        assertThat(status).isEqualTo(CommandLine.ExitCode.USAGE);
        return said.toString();
    }
}

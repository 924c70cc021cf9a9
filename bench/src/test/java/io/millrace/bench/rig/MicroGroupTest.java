package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Every benchmark of ours meets the one of Kafka's that does the same. */
class MicroGroupTest {
    private final List<MicroGroup> groups = MicroGroup.of(MicroRows.sides("io.millrace.bench.micro.*"));

    @Test
    void bothRecoveriesOfOursMeetKafkasOnlyOne() {
        MicroGroup group = groups.stream()
                .filter(of -> of.title().contains("Recovery") && of.title().contains("170"))
                .findFirst()
                .orElseThrow();
        assertThat(group.sides())
                .extracting(MicroSide::operation)
                .containsExactlyInAnyOrder("", "sameBoot", "otherBoot", "readAndCrc32c");
    }

    @Test
    void appendsMeetByTheirTargetAndHaveTheirLimits() {
        MicroGroup group = groups.stream()
                .filter(of -> of.title().contains("append1x100B"))
                .findFirst()
                .orElseThrow();
        assertThat(group.sides())
                .filteredOn(side -> side.kind() == MicroSide.Kind.OURS)
                .hasSize(3);
        assertThat(group.sides())
                .filteredOn(side -> side.kind() == MicroSide.Kind.THEIRS)
                .hasSize(1);
        assertThat(group.sides())
                .filteredOn(side -> side.kind() == MicroSide.Kind.LIMIT)
                .hasSize(2);
    }

    @Test
    void everyGroupHasOneOfKafkasAndSomeOfOurs() {
        assertThat(groups).isNotEmpty().allSatisfy(group -> {
            assertThat(group.sides())
                    .filteredOn(side -> side.kind() == MicroSide.Kind.THEIRS)
                    .hasSize(1);
            assertThat(group.sides())
                    .filteredOn(side -> side.kind() == MicroSide.Kind.OURS)
                    .isNotEmpty();
        });
    }

    @Test
    void readsAreOfSmallAndLargeBatchesAndOfALogThatWasOpenedAgain() {
        assertThat(groups)
                .filteredOn(group -> group.title().contains("lookupAndSlice"))
                .hasSize(6);
    }

    @Test
    void whatIsStillBeingCompiledWhileItIsMeasuredIsSaid() {
        Samples samples = new Samples(3);
        MicroGroup.remarkIfNotWarm("steady", "A", List.of(10.0, 13.0, 9.0, 12.0, 8.5, 11.0), "ns/op", samples);
        MicroGroup.remarkIfNotWarm("slower", "A", List.of(10.0, 11.0, 20.0, 21.0, 30.0, 31.0), "ns/op", samples);
        MicroGroup.remarkIfNotWarm("once", "A", List.of(10.0), "ns/op", samples);
        assertThat(samples.remarks()).isEmpty();
        MicroGroup.remarkIfNotWarm("append", "B", List.of(43.8, 32.3, 25.9, 12.3, 12.2, 12.6), "us/op", samples);
        assertThat(samples.remarks())
                .containsExactly(
                        "B, run 3: append was still getting faster while it was measured, from 38.1 to 12.4 us/op");
    }

    @Test
    void onlyWaysOfOursAndLimitsAreCalledByMoreThanTheirOperation() {
        assertThat(groups.stream().flatMap(group -> group.sides().stream()))
                .filteredOn(side -> side.benchmark().endsWith("append1x100B"))
                .extracting(MicroSide::variant)
                .containsExactlyInAnyOrder("", "", "mapped", "write", "copy+crc32c", "channel-write");
    }
}

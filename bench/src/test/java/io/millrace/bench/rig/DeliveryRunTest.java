package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The brokers that are installed here deliver, and one that does not gets no figures. */
class DeliveryRunTest {
    private static final DeliveryRun TINY =
            new DeliveryRun(new WarmUp(2, 2), 1, 4, Duration.ofSeconds(1), Duration.ofSeconds(1));

    @TempDir
    Path dir;

    static Stream<StreamBroker> others() {
        return BrokerComparison.OTHERS.stream();
    }

    @ParameterizedTest
    @MethodSource("others")
    void measuresWhatIsInstalledAndLeavesNothing(StreamBroker broker) throws Exception {
        Optional<String> missing = broker.missing();
        assumeTrue(missing.isEmpty(), missing::get);
        Samples samples = new Samples();
        Path own = dir.resolve("own");
        List<ProcessHandle> started;
        try (StreamServer server = broker.start(own)) {
            started = ProcessHandle.current().descendants().toList();
            TINY.measure(server, broker.name(), samples);
        }
        assertThat(samples.values().keySet().stream().map(Metric::name))
                .contains("MB produced", "MB consumed", "broker CPU per GB produced", "memory under load (RssAnon)");
        assertThat(samples.values().values())
                .allSatisfy(runs ->
                        assertThat(runs.get(broker.name()).values()).hasSize(1).allMatch(value -> value >= 0));
        assertThat(samples.latencies().values())
                .allSatisfy(
                        us -> assertThat(us.get(broker.name()).getTotalCount()).isEqualTo(1_000));
        assertThat(started).isNotEmpty();
        for (ProcessHandle process : started) {
            // Helpers of a server end by themselves when it has gone.
            assertThat(process.onExit())
                    .as("process %d of %s ends", process.pid(), broker.name())
                    .succeedsWithin(Duration.ofSeconds(10));
        }
        assertThat(own).doesNotExist();
    }

    @Test
    void failsIfARecordIsLost() {
        assertFails(
                new FaultyStreams(FaultyStreams.Fault.LOSES),
                "Record 500 is lost or late: record 501 came in its place");
    }

    @Test
    void failsIfRecordsAreSwapped() {
        assertFails(
                new FaultyStreams(FaultyStreams.Fault.SWAPS),
                "Record 500 is lost or late: record 501 came in its place");
    }

    @Test
    void failsIfTheLastRecordComesTwice() {
        assertFails(
                new FaultyStreams(FaultyStreams.Fault.REPEATS_THE_LAST),
                "More than the 5858 records that were sent have come");
    }

    @Test
    void failsIfARecordIsRefused() {
        assertFails(new FaultyStreams(FaultyStreams.Fault.REFUSES), "A record was not acknowledged: no room");
    }

    private static void assertFails(StreamServer server, String message) {
        Samples samples = new Samples();
        assertThatThrownBy(() -> TINY.measure(server, "faulty", samples)).hasMessage(message);
        assertThat(samples.values()).isEmpty();
    }
}

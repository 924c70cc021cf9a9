package io.millrace.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.net.RawClient;
import io.millrace.protocol.Uuid;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends what was sent to a Kafka 3.9.2 broker, in the same order, and expects what that broker answered, byte by byte: all
 * versions of Produce, Fetch and ListOffsets, old message formats, sequence numbers, framing, sessions.
 */
class ProbesTest {
    private static final Uuid PLAIN_ID = Uuid.parse("rtWVCIQJSWSII6u1GNs2yA");

    /** The fetch session that Kafka opened; ours has another id. */
    private static final String SESSION = "08e25445";

    /** Where we tell the log's start besides, as Kafka does in all other answers of this kind. */
    private static final String TOLD_BESIDES = "Produce v9 two batches in one partition";

    @TempDir
    Path dir;

    private record Probe(String name, String sent, String outcome, String received) {}

    @Test
    void answersAsKafkaDoes() throws IOException {
        try (DataNode node = new DataNode(dir)) {
            node.topicIds.put("p-plain", PLAIN_ID);
            for (String topic : List.of("p-plain", "p-zstd", "p-gzip", "p-tx")) {
                node.lead(topic, 1);
            }
            SoftAssertions all = new SoftAssertions();
            int probes = 0;
            String session = SESSION;
            for (Probe probe : read()) {
                String answer = probe(node, probe, session, all);
                if (probe.name.equals("Fetch v12 opens a session")) {
                    session = answer.substring(22, 30);
                }
                if (!probe.received.isEmpty()) {
                    all.assertThat(answer)
                            .as(probe.name)
                            .isEqualTo(expected(probe).replace(SESSION, session));
                }
                probes++;
            }
            assertThat(probes).isGreaterThan(100);
            all.assertAll();
        }
    }

    /** Sends it and returns the answer, if there is to be one. */
    private static String probe(DataNode node, Probe probe, String session, SoftAssertions all) throws IOException {
        try (RawClient client = new RawClient(node.port)) {
            client.send(HexFormat.of().parseHex(probe.sent.replace(SESSION, session)));
            switch (probe.outcome) {
                case "connection closed" ->
                    all.assertThat(client.isClosedByPeer()).as(probe.name).isTrue();
                case "no answer, connection left open" ->
                    all.assertThat(client.hearsNothingFor(100)).as(probe.name).isTrue();
                default -> {
                    ByteBuffer answer = client.receive();
                    return HexFormat.of().formatHex(answer.array());
                }
            }
            return "";
        } catch (EOFException e) {
            return "the connection was closed";
        }
    }

    private static String expected(Probe probe) {
        return probe.name.equals(TOLD_BESIDES)
                ? probe.received.replace("ffffffffffffffff010000000000000000", "0000000000000000010000000000000000")
                : probe.received;
    }

    private static List<Probe> read() throws IOException {
        List<Probe> probes = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(ProbesTest.class.getResourceAsStream("probes.tsv.gz")), StandardCharsets.UTF_8))) {
            String line;
            while ((line = in.readLine()) != null) {
                String[] fields = line.split("\t", -1);
                probes.add(new Probe(fields[0], fields[1], fields[2], fields[3]));
            }
        }
        return probes;
    }
}

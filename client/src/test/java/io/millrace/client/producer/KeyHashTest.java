package io.millrace.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class KeyHashTest {

    @Test
    void agreesWithKafkaOnEveryKey() throws IOException {
        List<String> lines;
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(getClass().getResourceAsStream("/murmur2.tsv")), StandardCharsets.UTF_8))) {
            lines = in.lines().skip(1).toList();
        }
        assertThat(lines).hasSizeGreaterThan(200);
        for (String line : lines) {
            String[] fields = line.split("\t");
            byte[] key = HexFormat.of().parseHex(fields[0]);
            assertThat(KeyHash.murmur2(key)).as("hash of %s", fields[0]).isEqualTo(Integer.parseInt(fields[1]));
            int[] counts = {3, 7, 12, 100};
            for (int i = 0; i < counts.length; i++) {
                assertThat(KeyHash.partition(key, counts[i]))
                        .as("partition of %s among %d", fields[0], counts[i])
                        .isEqualTo(Integer.parseInt(fields[3 + i]));
            }
        }
    }
}

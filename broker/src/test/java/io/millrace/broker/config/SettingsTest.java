package io.millrace.broker.config;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SettingsTest {
    /** Ours, so Kafka has nothing to say about them. */
    private static final Set<String> OUR_OWN = Set.of(
            "broker.port.watch.enable",
            "embedded.zookeeper.data.dir",
            "embedded.zookeeper.id",
            "embedded.zookeeper.port",
            "embedded.zookeeper.quorum.timeout.ms",
            "embedded.zookeeper.servers",
            "log.disk.reserve.bytes",
            "log.mapped.max.bytes",
            "log.max.open.files",
            "log.recovery.mark.bytes",
            "log.scrub.bytes.per.second",
            "log.scrub.interval.ms",
            "log.sync.policy");

    /** Kafka's with another default or type, each for a reason that its meaning tells. */
    private static final Set<String> DIFFERENT = Set.of(
            "num.network.threads",
            "max.connections.per.ip.overrides",
            "socket.send.buffer.bytes",
            "socket.receive.buffer.bytes",
            "replica.socket.receive.buffer.bytes");

    private record KafkaSetting(String type, String defaultText, String range, String dynamicMode) {}

    @TestFactory
    Stream<DynamicTest> hasTypeAndDefaultAndModeOfKafka() {
        Map<String, KafkaSetting> kafka = kafkaSettings();
        return settings()
                .filter(setting -> !OUR_OWN.contains(setting.name()))
                .map(setting -> DynamicTest.dynamicTest(setting.name(), () -> {
                    KafkaSetting expected = kafka.get(setting.name());
                    assertThat(expected)
                            .as("Kafka's definition of " + setting.name())
                            .isNotNull();
                    assertThat(setting.dynamicMode().text()).isEqualTo(expected.dynamicMode());
                    if (!DIFFERENT.contains(setting.name())) {
                        assertThat(setting.type().typeName()).isEqualTo(expected.type());
                        assertThat(sameNumber(setting.defaultText())).isEqualTo(sameNumber(expected.defaultText()));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> takesNothingThatKafkaRefuses() {
        Map<String, KafkaSetting> kafka = kafkaSettings();
        return settings()
                .filter(setting -> kafka.containsKey(setting.name()))
                .filter(setting -> kafka.get(setting.name()).range().matches("\\[-?\\d+,\\.\\.\\..*"))
                .map(setting -> DynamicTest.dynamicTest(setting.name(), () -> {
                    String range = kafka.get(setting.name()).range();
                    long minimum = Long.parseLong(range.substring(1, range.indexOf(',')));
                    org.assertj.core.api.Assertions.assertThatThrownBy(() -> setting.parse(String.valueOf(minimum - 2)))
                            .isInstanceOf(ConfigException.class)
                            .hasMessageStartingWith(setting.name() + "=" + (minimum - 2) + ": must be ");
                }));
    }

    @Test
    void everyKeyOfKafkaIsDefinedOrKnownToHaveNoEffect() throws IOException {
        Set<String> listed = new java.util.HashSet<>(lines("kafka-keys.txt"));
        Set<String> defined = settings().map(Setting::name).collect(toSet());
        assertThat(listed).doesNotContainAnyElementsOf(defined);
        listed.addAll(defined);
        listed.removeAll(OUR_OWN);
        assertThat(listed).isEqualTo(kafkaSettings().keySet());
    }

    @TestFactory
    Stream<DynamicTest> acceptsItsOwnDefault() {
        return settings()
                .filter(setting -> setting.defaultText() != null)
                .map(setting -> DynamicTest.dynamicTest(
                        setting.name(),
                        () -> assertThat(setting.parse(Objects.requireNonNull(setting.defaultText())))
                                .isEqualTo(setting.defaultValue())));
    }

    private static Stream<Setting<?>> settings() {
        return Settings.groups().stream().flatMap(group -> group.settings().stream());
    }

    private static String sameNumber(String text) {
        return text == null || text.equals("null") || text.equals("\"\"") ? "" : text;
    }

    private static Map<String, KafkaSetting> kafkaSettings() {
        Map<String, KafkaSetting> settings = new HashMap<>();
        for (String line : lines("kafka-settings.tsv")) {
            String[] columns = line.split("\t", -1);
            settings.put(columns[0], new KafkaSetting(columns[1], columns[2], columns[3], columns[4]));
        }
        return settings;
    }

    private static List<String> lines(String resource) {
        var stream = Objects.requireNonNull(SettingsTest.class.getResourceAsStream(resource), resource);
        try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            List<String> lines = new ArrayList<>();
            reader.lines().filter(line -> !line.startsWith("#")).forEach(lines::add);
            return lines;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

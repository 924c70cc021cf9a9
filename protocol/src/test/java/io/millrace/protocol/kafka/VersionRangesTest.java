package io.millrace.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ApiKey;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiMessageType;
import org.junit.jupiter.api.Test;

/** The version ranges of {@link ApiKey} are those of both releases together. Each release has a class loader of its own. */
class VersionRangesTest {
    private static final Path NEWER_KAFKA = Path.of("target", "newer-kafka", "kafka-clients.jar");

    private record Range(int lowest, int highest) {
        Range and(Range other) {
            return new Range(Math.min(lowest, other.lowest), Math.max(highest, other.highest));
        }
    }

    @Test
    void rangesAreThoseOfBothReleasesTogether() throws Exception {
        assertThat(NEWER_KAFKA).as("copied by the build before the tests").satisfies(Files::exists);
        Map<Integer, Range> merged = ranges(
                ApiMessageType.class.getProtectionDomain().getCodeSource().getLocation());
        Map<Integer, Range> newer = ranges(NEWER_KAFKA.toUri().toURL());
        assertThat(newer).isNotEqualTo(merged);
        newer.forEach((id, range) -> merged.merge(id, range, Range::and));
        for (ApiKey key : ApiKey.values()) {
            assertThat(new Range(key.lowestVersion(), key.highestVersion()))
                    .as(key.name())
                    .isEqualTo(merged.get((int) key.id()));
        }
    }

    private static Map<Integer, Range> ranges(URL jar) throws IOException, ReflectiveOperationException {
        Map<Integer, Range> ranges = new HashMap<>();
        try (var loader = new URLClassLoader(new URL[] {jar}, ClassLoader.getPlatformClassLoader())) {
            Class<?> type = loader.loadClass("org.apache.kafka.common.message.ApiMessageType");
            for (Object api : type.getEnumConstants()) {
                int id = (short) type.getMethod("apiKey").invoke(api);
                int lowest = (short) type.getMethod("lowestSupportedVersion").invoke(api);
                int highest = (short)
                        type.getMethod("highestSupportedVersion", boolean.class).invoke(api, true);
                if (lowest <= highest) {
                    ranges.put(id, new Range(lowest, highest));
                }
            }
        }
        return ranges;
    }
}

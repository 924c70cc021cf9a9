package io.millrace.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Codec;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.wire.WireException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every version has the fields that Kafka's definitions give it, no more and no less, with their defaults. */
@Tag("kafka")
class CoverageTest {

    @Test
    void theJudgeIsTheReleaseThatTheBuildNames() {
        assertThat(AppInfoParser.getVersion()).isEqualTo(System.getProperty("kafka.version"));
    }

    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void everyVersionHasKafkasFields(ApiKey key) {
        for (boolean request : new boolean[] {true, false}) {
            for (int version : KafkaMessages.versions(key)) {
                assertThat(key.hasVersion(version)).as("%s v%s", key, version).isTrue();
                Set<String> kafkas = new TreeSet<>();
                addPaths(KafkaMessages.schema(key, request, version), "", kafkas);
                Set<String> ours = FieldPath.presentIn(newMessage(key, request), version).stream()
                        .map(FieldPath::name)
                        .collect(Collectors.toCollection(TreeSet::new));
                assertThat(ours)
                        .as("%s %s v%s", key, request ? "request" : "response", version)
                        .isEqualTo(kafkas);
            }
        }
    }

    /**
     * A message read in one version and written in another shows the defaults of the fields that the first one lacks, and
     * whether a value that the second one lacks is dropped or refused.
     */
    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void translatesBetweenVersionsAsKafkaDoes(ApiKey key) {
        for (boolean request : new boolean[] {true, false}) {
            Supplier<Message> newMessage = newMessage(key, request);
            for (int from : KafkaMessages.versions(key)) {
                for (FieldPath path : FieldPath.presentIn(newMessage, from)) {
                    byte[] bytes = Codec.encode(path.message(), from);
                    for (int to : KafkaMessages.versions(key)) {
                        assertThat(translateOurs(newMessage.get(), bytes, from, to))
                                .as(
                                        "%s %s %s from v%s to v%s",
                                        key, request ? "request" : "response", path.name(), from, to)
                                .isEqualTo(translateKafkas(key, request, bytes, from, to));
                    }
                }
            }
        }
    }

    @Test
    void errorsHaveKafkasNumbersNamesAndRetriability() {
        for (Errors kafkas : Errors.values()) {
            ErrorCode ours = ErrorCode.of(kafkas.code());
            assertThat(ours.name()).isEqualTo(kafkas.name());
            assertThat(ours.code()).isEqualTo(kafkas.code());
            assertThat(ours.retriable()).as(ours.name()).isEqualTo(kafkas.exception() instanceof RetriableException);
        }
        int highest =
                Arrays.stream(Errors.values()).mapToInt(Errors::code).max().orElseThrow();
        assertThat(ErrorCode.of((short) -2)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(ErrorCode.of((short) 10_000)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(ErrorCode.values()).hasSizeGreaterThanOrEqualTo(highest + 2);
    }

    private static String translateOurs(Message message, byte[] bytes, int from, int to) {
        Codec.decode(message, from, bytes);
        try {
            return HexFormat.of().formatHex(Codec.encode(message, to));
        } catch (WireException e) {
            return "refused";
        }
    }

    private static String translateKafkas(ApiKey key, boolean request, byte[] bytes, int from, int to) {
        var message = KafkaMessages.decode(KafkaMessages.newMessage(key, request), from, bytes);
        try {
            return HexFormat.of().formatHex(KafkaMessages.encode(message, to));
        } catch (UnsupportedVersionException | NullPointerException e) {
            return "refused";
        }
    }

    private static void addPaths(Schema schema, String outer, Set<String> paths) {
        for (BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields section) {
                SchemaBytes.tagged(section).values().forEach(field -> addPath(field, outer, paths));
            } else {
                addPath(bound.def, outer, paths);
            }
        }
    }

    private static void addPath(Field field, String outer, Set<String> paths) {
        String path = outer + "/" + field.name.replace("_", "").toLowerCase(Locale.ROOT);
        paths.add(path);
        Type inner = field.type instanceof ArrayOf array
                ? array.arrayElementType().orElseThrow()
                : field.type instanceof CompactArrayOf array
                        ? array.arrayElementType().orElseThrow()
                        : field.type;
        if (inner instanceof Schema schema) {
            addPaths(schema, path, paths);
        }
    }

    private static Supplier<Message> newMessage(ApiKey key, boolean request) {
        return () -> request ? Messages.newRequest(key) : Messages.newResponse(key);
    }
}

package io.millrace.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Codec;
import io.millrace.protocol.RandomMessages;
import io.millrace.protocol.RequestHeader;
import io.millrace.protocol.ResponseHeader;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our codec against Kafka's generated classes, byte by byte, in every version of every API that the release has. */
@Tag("kafka")
class OracleTest {
    private static final int ROUNDS = 40;

    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void writesBackWhatKafkaWrote(ApiKey key) {
        for (boolean request : new boolean[] {true, false}) {
            for (int version : KafkaMessages.versions(key)) {
                SchemaBytes schemaBytes = new SchemaBytes(version);
                for (int round = 0; round < ROUNDS; round++) {
                    byte[] random = schemaBytes.next(KafkaMessages.schema(key, request, version));
                    byte[] kafkas = KafkaMessages.encode(
                            KafkaMessages.decode(KafkaMessages.newMessage(key, request), version, random), version);
                    Message ours = Codec.decode(newMessage(key, request), version, kafkas);
                    assertThat(Codec.encode(ours, version))
                            .as("%s %s version %s", key, request ? "request" : "response", version)
                            .isEqualTo(kafkas);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void kafkaWritesBackWhatWeWrote(ApiKey key) {
        for (boolean request : new boolean[] {true, false}) {
            for (int version : KafkaMessages.versions(key)) {
                RandomMessages messages = new RandomMessages(version);
                for (int round = 0; round < ROUNDS; round++) {
                    byte[] ours = messages.fill(newMessage(key, request), version);
                    var kafkas = KafkaMessages.decode(KafkaMessages.newMessage(key, request), version, ours);
                    assertThat(KafkaMessages.encode(kafkas, version))
                            .as("%s %s version %s", key, request ? "request" : "response", version)
                            .isEqualTo(ours);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void headersHaveKafkasVersionsAndBytes(ApiKey key) {
        for (int version : KafkaMessages.versions(key)) {
            ApiKeys kafkaKey = ApiKeys.forId(key.id());
            int requestHeaderVersion = key.requestHeaderVersion(version);
            int responseHeaderVersion = key.responseHeaderVersion(version);
            assertThat(requestHeaderVersion).isEqualTo(kafkaKey.requestHeaderVersion((short) version));
            assertThat(responseHeaderVersion).isEqualTo(kafkaKey.responseHeaderVersion((short) version));

            RequestHeader header = new RequestHeader();
            header.requestApiKey = key.id();
            header.requestApiVersion = (short) version;
            header.correlationId = 0x01020304;
            header.clientId = version % 3 == 0 ? null : version % 3 == 1 ? "client é" : "";
            if (requestHeaderVersion == 0) {
                header.clientId = "";
            }
            byte[] ours = bytes(header, requestHeaderVersion, requestHeaderVersion == 2);
            if (requestHeaderVersion > 0 || hasRequestHeader0()) {
                RequestHeaderData kafkas = KafkaMessages.decode(new RequestHeaderData(), requestHeaderVersion, ours);
                assertThat(kafkas.clientId()).isEqualTo(header.clientId);
                assertThat(KafkaMessages.encode(kafkas, requestHeaderVersion)).isEqualTo(ours);
            }
            RequestHeader again = new RequestHeader();
            again.wire(new WireReader(ByteBuffer.wrap(ours), requestHeaderVersion, requestHeaderVersion == 2));
            assertThat(again).usingRecursiveComparison().isEqualTo(header);

            ResponseHeader answer = new ResponseHeader();
            answer.correlationId = 0x7f000001;
            byte[] answerBytes = bytes(answer, responseHeaderVersion, responseHeaderVersion == 1);
            ResponseHeaderData kafkas =
                    KafkaMessages.decode(new ResponseHeaderData(), responseHeaderVersion, answerBytes);
            assertThat(kafkas.correlationId()).isEqualTo(answer.correlationId);
            assertThat(KafkaMessages.encode(kafkas, responseHeaderVersion)).isEqualTo(answerBytes);
        }
    }

    private static boolean hasRequestHeader0() {
        return RequestHeaderData.LOWEST_SUPPORTED_VERSION == 0;
    }

    private static byte[] bytes(Struct header, int version, boolean flexible) {
        WireWriter out = new WireWriter(version, flexible);
        header.wire(out);
        ByteBuffer written = out.written();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return bytes;
    }

    private static Message newMessage(ApiKey key, boolean request) {
        return request ? Messages.newRequest(key) : Messages.newResponse(key);
    }
}

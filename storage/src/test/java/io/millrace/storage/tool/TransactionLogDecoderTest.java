package io.millrace.storage.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.storage.KafkaSegments;
import io.millrace.storage.KafkaStorage;
import io.millrace.storage.log.TestLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogKey;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue.PartitionsSchema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Kafka's tool prints of {@code __transaction_state}, ours prints. */
class TransactionLogDecoderTest {
    private static final String DECODER = "--transaction-log-decoder";
    private static final short LAST_VERSION = 1;
    private static final int LAST_STATE = 7;

    @TempDir
    Path dir;

    @Test
    void showsTheTransactionsOfAKafkaBroker() throws IOException {
        KafkaSegments.unzip("clean", dir);
        List<Path> logs;
        try (Stream<Path> files = Files.walk(dir)) {
            logs = files.filter(
                            file -> file.getParent().getFileName().toString().startsWith("__transaction_state-")
                                    && file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
        String files = String.join(",", logs.stream().map(Path::toString).toList());
        String theirs = KafkaStorage.dump(DECODER, "--files", files);
        assertThat(theirs)
                .contains("transaction_metadata::transactionalId=", "state=Ongoing", "state=CompleteAbort", "-0");
        assertThat(inOrder(ours("--files", files))).isEqualTo(inOrder(theirs));
    }

    // Kafka prints partitions in the order of a hash set.
    private static String inOrder(String dump) {
        return Pattern.compile("partitions=\\[(.*?)]")
                .matcher(dump)
                .replaceAll(found -> Matcher.quoteReplacement(
                        Stream.of(found.group(1).split(",")).sorted().toList().toString()));
    }

    @Test
    void showsEveryStateAndVersion() {
        Path log;
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            for (short version = 0; version <= LAST_VERSION; version++) {
                for (byte state = 0; state <= LAST_STATE; state++) {
                    append(test, "id-" + version + "-" + state, version, value(state, version));
                }
            }
            test.append(
                    new BatchBuilder().append(TestLog.NOW, key("ended"), null).finish());
            log = test.dir.resolve("00000000000000000000.log");
        }
        String theirs = KafkaStorage.dump(DECODER, "--files", log.toString());
        assertThat(theirs).contains("state=PrepareEpochFence", "partitions=[]", "payload: <DELETE>");
        String ours = ours("--files", log.toString());
        assertThat(ours).contains("partitions=[a-0,a-7,b c-3]");
        assertThat(inOrder(ours)).isEqualTo(inOrder(theirs));
    }

    @Test
    void saysWhatItCannotRead() {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            test.append(new BatchBuilder()
                    .append(TestLog.NOW, new byte[] {0, 9}, new byte[] {0, 2, 1})
                    .append(TestLog.NOW, key("cut"), new byte[] {0, 0, 1, 2})
                    .append(TestLog.NOW, key("cut"), new byte[] {0, 1, 1, 2})
                    .finish());
        }
        assertThat(ours("--directory", dir.toString()).lines().filter(line -> line.startsWith("| ")))
                .satisfiesExactly(
                        line -> assertThat(line).endsWith("key: unknown::version=9 payload: unknown version 2"),
                        line -> assertThat(line)
                                .endsWith("key: transaction_metadata::transactionalId=cut payload: <UNREADABLE>"),
                        line -> assertThat(line)
                                .endsWith("key: transaction_metadata::transactionalId=cut payload: <UNREADABLE>"));
    }

    private static void append(TestLog test, String id, short version, TransactionLogValue value) {
        test.append(new BatchBuilder()
                .append(TestLog.NOW, key(id), MessageUtil.toVersionPrefixedBytes(version, value))
                .finish());
    }

    private static byte[] key(String id) {
        return MessageUtil.toVersionPrefixedBytes((short) 0, new TransactionLogKey().setTransactionalId(id));
    }

    // A transaction that has not begun has no partitions.
    private static TransactionLogValue value(byte state, short version) {
        List<PartitionsSchema> partitions = List.of(
                new PartitionsSchema().setTopic("a").setPartitionIds(List.of(0, 7)),
                new PartitionsSchema().setTopic("b c").setPartitionIds(List.of(3)));
        TransactionLogValue value = new TransactionLogValue()
                .setProducerId(4711L + state)
                .setProducerEpoch((short) (3 + state))
                .setTransactionTimeoutMs(60_000)
                .setTransactionStatus(state)
                .setTransactionPartitions(state == 0 ? null : state == 5 ? List.of() : partitions)
                .setTransactionLastUpdateTimestampMs(TestLog.NOW)
                .setTransactionStartTimestampMs(TestLog.NOW - 5);
        if (version > 0) {
            // As a newer broker may write them.
            RawTaggedField unknown = new RawTaggedField(200, new byte[300]);
            value.unknownTaggedFields().add(unknown);
            partitions.get(0).unknownTaggedFields().add(unknown);
        }
        return value;
    }

    private static String ours(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        String[] all = Stream.concat(Stream.of(DECODER), Stream.of(args)).toArray(String[]::new);
        DumpLog.run(all, out, new PrintStream(ByteArrayOutputStream.nullOutputStream()), false);
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

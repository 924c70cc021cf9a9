package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.broker.group.LoadedShard.LoadedGroup;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.TransactionMarker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a real Kafka 3.9.2 wrote into {@code __consumer_offsets} is understood, and written the same. */
class GroupRecordsTest {
    private static final String RECORDS = "consumer-offsets-records.jsonl";

    private final BatchBuilder builder = new BatchBuilder();

    @Test
    void offsetsOfARealBrokerAreWrittenToTheSameBytes() {
        int compared = 0;
        for (Map.Entry<String, @Nullable String> record : records()) {
            String value = record.getValue();
            if (!record.getKey().startsWith("0001") || value == null) {
                continue;
            }
            LoadedShard shard = read(List.of(record));
            String group = shard.groups().keySet().iterator().next();
            Map<TopicPartition, CommittedOffset> offsets = shard.group(group).offsets;
            assertThat(offsets).hasSize(1);
            offsets.forEach((partition, offset) -> {
                GroupRecord written = GroupRecordEncoder.offset(group, partition, offset);
                assertThat(hex(written.key())).isEqualTo(record.getKey());
                assertThat(hex(written.value())).isEqualTo(value);
            });
            compared++;
        }
        assertThat(compared).isEqualTo(16);
    }

    @Test
    void groupsOfARealBrokerAreWrittenToTheSameBytes() {
        int compared = 0;
        for (Map.Entry<String, @Nullable String> record : records()) {
            if (!record.getKey().startsWith("0002")) {
                continue;
            }
            VirtualLoop loop = new VirtualLoop();
            MemoryOffsetLog log = new MemoryOffsetLog(1);
            log.put(0, batch(List.of(record)).finish());
            Shards shards = shards(loop, log);
            shards.take(0, 1);
            loop.run();
            Group group =
                    shards.all().iterator().next().groups.values().iterator().next();
            Map<String, byte[]> assignments = new HashMap<>();
            group.members().forEach(member -> assignments.put(member.id, member.assignment));
            GroupRecord written = GroupRecordEncoder.group(group, assignments);
            assertThat(hex(written.key())).isEqualTo(record.getKey());
            assertThat(hex(written.value())).isEqualTo(record.getValue());
            compared++;
        }
        assertThat(compared).isEqualTo(3);
    }

    @Test
    void theLastWordOnEveryKeyCounts() {
        LoadedShard shard = read(records());
        LoadedGroup group = Objects.requireNonNull(shard.groups().get("grp-1"));
        assertThat(group.metadata).isNotNull();
        assertThat(group.offsets.get(new TopicPartition("plain", 0)))
                .isNotNull()
                .extracting(CommittedOffset::offset)
                .isEqualTo(120L);
    }

    @Test
    void anExpiryIsKept() {
        CommittedOffset offset = new CommittedOffset(5, -1, "note", 1_000, 9_000);
        GroupRecord record = GroupRecordEncoder.offset("g", new TopicPartition("t", 3), offset);
        assertThat(record.value()).startsWith((byte) 0, (byte) 1);
        builder.begin(Compression.NONE).append(0, record.key(), record.value());
        LoadedShard shard = readBatch();
        assertThat(shard.group("g").offsets).containsEntry(new TopicPartition("t", 3), offset);
    }

    @Test
    void offsetsOfATransactionCountFromItsCommitOn() {
        assertThat(afterTransaction(TransactionMarker.COMMIT).group("g").offsets)
                .containsKey(new TopicPartition("t", 0));
    }

    @Test
    void offsetsOfAnAbortedTransactionDoNotCount() {
        assertThat(afterTransaction(TransactionMarker.ABORT).groups()).isEmpty();
    }

    @Test
    void offsetsOfATransactionWithoutEndDoNotCount() {
        ShardReader reader = new ShardReader(
                0, (shard, failure) -> assertThat(shard.groups()).isEmpty());
        reader.onBatches(transactionalOffset());
        reader.onEnd(null);
    }

    @Test
    void anOffsetThatWasWrittenLaterThanThatOfATransactionCountsThoughTheTransactionEndsLaterStill() {
        TopicPartition partition = new TopicPartition("t", 0);
        List<LoadedShard> loaded = new ArrayList<>();
        ShardReader reader = new ShardReader(0, (shard, failure) -> loaded.add(shard));
        reader.onBatches(transactionalOffset(5, 1, 10));
        reader.onBatches(transactionalOffset(6, 2, 20));
        reader.onBatches(marker(TransactionMarker.COMMIT, 6, 3));
        reader.onBatches(marker(TransactionMarker.COMMIT, 5, 4));
        assertThat(readTo(reader, loaded).get(partition).offset())
                .as("of two transactions")
                .isEqualTo(20);

        reader.onBatches(transactionalOffset(5, 5, 30));
        GroupRecord plain = GroupRecordEncoder.offset("g", partition, new CommittedOffset(40, -1, "", 0, -1));
        reader.onBatches(builder.begin(Compression.NONE)
                .baseOffset(6)
                .append(0, plain.key(), plain.value())
                .finish());
        reader.onBatches(marker(TransactionMarker.COMMIT, 5, 7));
        assertThat(readTo(reader, loaded).get(partition).offset())
                .as("of a plain commit")
                .isEqualTo(40);

        reader.onBatches(transactionalOffset(5, 8, 50));
        reader.onBatches(marker(TransactionMarker.COMMIT, 5, 9));
        assertThat(readTo(reader, loaded).get(partition).offset())
                .as("of the newest")
                .isEqualTo(50);
    }

    private static Map<TopicPartition, CommittedOffset> readTo(ShardReader reader, List<LoadedShard> loaded) {
        reader.onEnd(null);
        return loaded.get(loaded.size() - 1).group("g").offsets;
    }

    private ByteBuffer transactionalOffset(long producerId, long baseOffset, long committed) {
        GroupRecord offset = GroupRecordEncoder.offset(
                "g", new TopicPartition("t", 0), new CommittedOffset(committed, -1, "", 0, -1));
        return builder.begin(Compression.NONE)
                .baseOffset(baseOffset)
                .producer(producerId, (short) 0, 0)
                .transactional(true)
                .append(0, offset.key(), offset.value())
                .finish();
    }

    private ByteBuffer marker(short type, long producerId, long baseOffset) {
        builder.begin(Compression.NONE).baseOffset(baseOffset).producer(producerId, (short) 0, -1);
        TransactionMarker.append(builder, type, 1, 0);
        return builder.finish();
    }

    @Test
    void aRecordThatCannotBeReadDoesNotHideTheOthers() {
        GroupRecord good =
                GroupRecordEncoder.offset("g", new TopicPartition("t", 0), new CommittedOffset(1, -1, "", 0, -1));
        byte[] ofNewerGroups = {0, 5, 1, 2, 3};
        builder.begin(Compression.GZIP)
                .append(0, new byte[] {0, 1, 0}, new byte[] {0, 3})
                .append(0, new byte[] {7}, new byte[] {0, 3})
                .append(0, good.key(), new byte[] {0, 99, 1})
                .append(0, (byte[]) null, new byte[] {1})
                .append(0, ofNewerGroups, new byte[] {1})
                .append(0, good.key(), good.value());
        assertThat(readBatch().group("g").offsets).hasSize(1);
    }

    private LoadedShard afterTransaction(short marker) {
        List<LoadedShard> loaded = new ArrayList<>();
        ShardReader reader = new ShardReader(0, (shard, failure) -> loaded.add(shard));
        reader.onBatches(transactionalOffset());
        reader.onBatches(marker(marker, 5, 1));
        reader.onEnd(null);
        return loaded.get(0);
    }

    private ByteBuffer transactionalOffset() {
        return transactionalOffset(5, 0, 1);
    }

    private LoadedShard readBatch() {
        List<LoadedShard> loaded = new ArrayList<>();
        ShardReader reader = new ShardReader(0, (shard, failure) -> loaded.add(shard));
        reader.onBatches(builder.finish());
        reader.onEnd(null);
        return loaded.get(0);
    }

    private LoadedShard read(List<Map.Entry<String, @Nullable String>> records) {
        batch(records);
        return readBatch();
    }

    private BatchBuilder batch(List<Map.Entry<String, @Nullable String>> records) {
        builder.begin(Compression.NONE);
        for (Map.Entry<String, @Nullable String> record : records) {
            String value = record.getValue();
            builder.append(
                    0,
                    HexFormat.of().parseHex(record.getKey()),
                    value == null ? null : HexFormat.of().parseHex(value));
        }
        return builder;
    }

    private static Shards shards(VirtualLoop loop, MemoryOffsetLog log) {
        GroupStore store = new GroupStore(loop);
        return new Shards(loop, log, Compression.NONE, 100, new Rebalances(loop, 0, store));
    }

    private static String hex(byte @Nullable [] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    /** Key and value of every record, in hex. */
    private static List<Map.Entry<String, @Nullable String>> records() {
        List<Map.Entry<String, @Nullable String>> records = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(GroupRecordsTest.class.getResourceAsStream(RECORDS), RECORDS);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                records.add(record(line));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return records;
    }

    private static Map.Entry<String, @Nullable String> record(String line) throws IOException {
        String key = "";
        String value = null;
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (name.equals("key")) {
                    key = parser.getText();
                } else if (name.equals("value") && token == JsonToken.VALUE_STRING) {
                    value = parser.getText();
                }
                parser.skipChildren();
            }
        }
        return new SimpleEntry<>(key, value);
    }
}

package io.millrace.client;

import io.millrace.client.consumer.ChunkReader;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.RecordHeader;
import io.millrace.protocol.record.TimestampType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes {@link ConsumerRecord}s of what lies in batches. On the application's thread. */
final class RecordDecoder<K, V> {
    private static final int SOME_MORE = 10;

    private final ChunkReader reader;
    private final Deserializer<? extends K> keys;
    private final Deserializer<? extends V> values;
    private int lastCount;
    private @Nullable ByteBuffer viewed;
    private ByteBuffer view = ByteBuffer.allocate(0);

    RecordDecoder(ChunkReader reader, Deserializer<? extends K> keys, Deserializer<? extends V> values) {
        this.reader = reader;
        this.keys = keys;
        this.values = values;
    }

    /**
     * The next records, in order. What a deserializer throws comes out only when there is no record before it; else it comes out of
     * the next call.
     *
     * @return empty if nothing is fetched ahead
     */
    List<ConsumerRecord<K, V>> next(int maxRecords) {
        List<ConsumerRecord<K, V>> records = new ArrayList<>(Math.min(maxRecords, lastCount + SOME_MORE));
        reader.begin();
        try {
            while (records.size() < maxRecords && reader.next()) {
                records.add(record(reader.cursor()));
                reader.accept();
            }
        } catch (RuntimeException e) {
            if (records.isEmpty()) {
                throw e;
            }
        } finally {
            reader.end();
        }
        lastCount = records.size();
        return records;
    }

    private ConsumerRecord<K, V> record(RecordCursor cursor) {
        String topic = reader.partition().topic();
        return new ConsumerRecord<>(
                reader.partition(),
                cursor.offset(),
                cursor.timestamp(),
                reader.hasAppendTime() ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                reader.leaderEpoch(),
                cursor.hasKey() ? keys.deserialize(topic, view(cursor.keyIndex(), cursor.keyLength())) : null,
                cursor.hasValue() ? values.deserialize(topic, view(cursor.valueIndex(), cursor.valueLength())) : null,
                headers(cursor));
    }

    private List<RecordHeader> headers(RecordCursor cursor) {
        if (cursor.headerCount() == 0) {
            return List.of();
        }
        List<RecordHeader> headers = new ArrayList<>(cursor.headerCount());
        while (cursor.nextHeader()) {
            String key = StandardCharsets.UTF_8
                    .decode(view(cursor.headerKeyIndex(), cursor.headerKeyLength()))
                    .toString();
            byte[] value = null;
            if (cursor.headerValueLength() >= 0) {
                value = new byte[cursor.headerValueLength()];
                cursor.buffer().get(cursor.headerValueIndex(), value);
            }
            headers.add(new RecordHeader(key, value));
        }
        return headers;
    }

    /** One view a buffer, moved from field to field, instead of one a field. */
    private ByteBuffer view(int index, int length) {
        ByteBuffer buffer = reader.cursor().buffer();
        if (viewed != buffer) {
            viewed = buffer;
            view = buffer.duplicate();
        }
        return view.clear().limit(index + length).position(index);
    }
}

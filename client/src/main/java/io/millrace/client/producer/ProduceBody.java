package io.millrace.client.producer;

import io.millrace.client.net.RequestBody;
import io.millrace.protocol.ApiKey;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Produce request whose batches go straight from where they lie into the frame that is sent. Versions {@value #LOWEST_VERSION}
 * to {@value #HIGHEST_VERSION}: older ones carry no batches of format 2, newer ones name topics by id.
 */
final class ProduceBody implements RequestBody {
    static final int LOWEST_VERSION = 3;
    static final int HIGHEST_VERSION = 12;

    /** Versions from this one on accept zstd. */
    static final int LOWEST_VERSION_ZSTD = 7;

    private static final int REQUEST_OVERHEAD = 32;
    private static final int TOPIC_OVERHEAD = 16;
    private static final int PARTITION_OVERHEAD = 16;

    private final short acks;
    private final int timeoutMs;
    private final Map<String, List<ProducerBatch>> batchesByTopic = new LinkedHashMap<>();

    ProduceBody(short acks, int timeoutMs, List<ProducerBatch> batches) {
        this.acks = acks;
        this.timeoutMs = timeoutMs;
        for (ProducerBatch batch : batches) {
            batchesByTopic
                    .computeIfAbsent(batch.partition.topic(), topic -> new ArrayList<>())
                    .add(batch);
        }
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.PRODUCE;
    }

    @Override
    public int sizeHint() {
        int size = REQUEST_OVERHEAD;
        for (Map.Entry<String, List<ProducerBatch>> topic : batchesByTopic.entrySet()) {
            size += TOPIC_OVERHEAD + topic.getKey().length();
            for (ProducerBatch batch : topic.getValue()) {
                size += PARTITION_OVERHEAD + batch.sizeInBytes();
            }
        }
        return size;
    }

    @Override
    public void encode(int version, ByteBuf out) {
        boolean flexible = apiKey().isFlexible(version);
        putNullString(out, flexible);
        out.writeShort(acks).writeInt(timeoutMs);
        putLength(out, batchesByTopic.size(), flexible);
        for (Map.Entry<String, List<ProducerBatch>> topic : batchesByTopic.entrySet()) {
            putString(out, topic.getKey(), flexible);
            putLength(out, topic.getValue().size(), flexible);
            for (ProducerBatch batch : topic.getValue()) {
                ByteBuffer records = batch.seal();
                out.writeInt(batch.partition.partition());
                putLength(out, records.remaining(), flexible);
                out.writeBytes(records.duplicate());
                putTags(out, flexible);
            }
            putTags(out, flexible);
        }
        putTags(out, flexible);
    }

    private static void putNullString(ByteBuf out, boolean flexible) {
        if (flexible) {
            out.writeByte(0);
        } else {
            out.writeShort(-1);
        }
    }

    private static void putString(ByteBuf out, String value, boolean flexible) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        if (flexible) {
            putUnsigned(out, utf8.length + 1);
        } else {
            out.writeShort(utf8.length);
        }
        out.writeBytes(utf8);
    }

    private static void putLength(ByteBuf out, int length, boolean flexible) {
        if (flexible) {
            putUnsigned(out, length + 1);
        } else {
            out.writeInt(length);
        }
    }

    private static void putTags(ByteBuf out, boolean flexible) {
        if (flexible) {
            out.writeByte(0);
        }
    }

    private static void putUnsigned(ByteBuf out, int value) {
        int left = value;
        while ((left & ~0x7f) != 0) {
            out.writeByte(left & 0x7f | 0x80);
            left >>>= 7;
        }
        out.writeByte(left);
    }
}

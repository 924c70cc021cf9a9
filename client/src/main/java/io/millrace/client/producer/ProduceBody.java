package io.millrace.client.producer;

import io.millrace.client.net.RequestBody;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Varint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Produce request that leaves its batches where they lie: the fields around them go into one small buffer, of which
 * slices take turns with the batches. Versions {@value #LOWEST_VERSION} to {@value #HIGHEST_VERSION}: older ones carry no
 * batches of format 2, newer ones name topics by id.
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
    public ByteBuf encode(int version) {
        boolean flexible = apiKey().isFlexible(version);
        ByteBuffer fields = ByteBuffer.allocate(fieldsBound());
        List<ByteBuffer> pieces = new ArrayList<>();
        int pieceStart = 0;
        putNullString(fields, flexible);
        fields.putShort(acks).putInt(timeoutMs);
        putLength(fields, batchesByTopic.size(), flexible);
        for (Map.Entry<String, List<ProducerBatch>> topic : batchesByTopic.entrySet()) {
            putString(fields, topic.getKey(), flexible);
            putLength(fields, topic.getValue().size(), flexible);
            for (ProducerBatch batch : topic.getValue()) {
                ByteBuffer records = batch.seal();
                fields.putInt(batch.partition.partition());
                putLength(fields, records.remaining(), flexible);
                pieces.add(fields.slice(pieceStart, fields.position() - pieceStart));
                pieces.add(records.duplicate());
                pieceStart = fields.position();
                putTags(fields, flexible);
            }
            putTags(fields, flexible);
        }
        putTags(fields, flexible);
        pieces.add(fields.slice(pieceStart, fields.position() - pieceStart));
        return Unpooled.wrappedBuffer(pieces.size(), pieces.toArray(ByteBuffer[]::new));
    }

    private int fieldsBound() {
        int bound = REQUEST_OVERHEAD;
        for (Map.Entry<String, List<ProducerBatch>> topic : batchesByTopic.entrySet()) {
            bound += TOPIC_OVERHEAD
                    + topic.getKey().length() * 3
                    + topic.getValue().size() * PARTITION_OVERHEAD;
        }
        return bound;
    }

    private static void putNullString(ByteBuffer out, boolean flexible) {
        if (flexible) {
            out.put((byte) 0);
        } else {
            out.putShort((short) -1);
        }
    }

    private static void putString(ByteBuffer out, String value, boolean flexible) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        if (flexible) {
            Varint.writeUnsigned(out, utf8.length + 1);
        } else {
            out.putShort((short) utf8.length);
        }
        out.put(utf8);
    }

    private static void putLength(ByteBuffer out, int length, boolean flexible) {
        if (flexible) {
            Varint.writeUnsigned(out, length + 1);
        } else {
            out.putInt(length);
        }
    }

    private static void putTags(ByteBuffer out, boolean flexible) {
        if (flexible) {
            out.put((byte) 0);
        }
    }
}

package io.millrace.protocol.view;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A Produce request of any version, walked in place:
 *
 * <pre>
 * view.wrap(body, version);
 * while (view.nextTopic()) {
 *     while (view.nextPartition()) {
 *         append(view.topic(), view.partition(), body, view.recordsIndex(), view.recordsLength());
 *     }
 * }
 * </pre>
 *
 * The body is checked from end to end by {@link #wrap}, so a request that is broken at its end appends nothing, and the
 * walk cannot fail. Records are not looked into. Indexes are absolute ones in the buffer that was wrapped. One thread;
 * use it again for the next request.
 */
public final class ProduceRequestView {
    private final TopicInterner topics;
    private final BodyReader in = new BodyReader();

    private int version;
    private int transactionalIdIndex;
    private int transactionalIdLength;
    private short acks;
    private int timeoutMs;
    private int topicCount;
    private int partitionCount;
    private int firstTopicIndex;

    // Where the walk is.
    private int topicsLeft;
    private int topicNameIndex;
    private int topicNameLength;
    private long topicIdHigh;
    private long topicIdLow;
    private int partitionsInTopic;
    private int partitionsLeft;
    private int partition;
    private int recordsIndex;
    private int recordsLength;

    public ProduceRequestView(TopicInterner topics) {
        this.topics = topics;
    }

    /**
     * Takes a request and stands before its first topic.
     *
     * @param body from its position to its limit, both of which stay; big-endian. Bytes after the end of the request are
     *     ignored, as Kafka does
     * @param version one that {@link ApiKey#PRODUCE} has
     * @return this
     * @throws WireException if the request is malformed; the view must then be wrapped anew before it is walked
     */
    public ProduceRequestView wrap(ByteBuffer body, int version) {
        topicCount = 0;
        topicsLeft = 0;
        partitionsLeft = 0;
        if (!ApiKey.PRODUCE.hasVersion(version)) {
            throw new IllegalArgumentException("Produce has no version " + version);
        }
        this.version = version;
        in.wrap(body, ApiKey.PRODUCE.isFlexible(version));
        transactionalIdLength = version >= 3 ? in.stringLength() : -1;
        transactionalIdIndex = in.skip(transactionalIdLength);
        acks = in.int16();
        timeoutMs = in.int32();
        int count = in.count();
        firstTopicIndex = in.index;
        int partitions = 0;
        for (int i = 0; i < count; i++) {
            readTopic();
            partitions += partitionsInTopic;
            while (nextPartition()) {
                // only to check it
            }
        }
        in.skipTags();
        topicCount = count;
        partitionCount = partitions;
        rewind();
        return this;
    }

    /** Goes back to before the first topic. */
    public void rewind() {
        in.index = firstTopicIndex;
        topicsLeft = topicCount;
        partitionsLeft = 0;
    }

    public int version() {
        return version;
    }

    /** The transactional id of the producer, a new String; null if it has none. */
    public @Nullable String transactionalId() {
        return transactionalIdLength < 0 ? null : in.text(transactionalIdIndex, transactionalIdLength);
    }

    /** 0: no answer; 1: when the leader has it; -1: when all in-sync replicas have it; anything else is invalid. */
    public short acks() {
        return acks;
    }

    /** How long to wait for the replicas, in ms. */
    public int timeoutMs() {
        return timeoutMs;
    }

    public int topicCount() {
        return topicCount;
    }

    /** Partitions in all topics together. */
    public int partitionCount() {
        return partitionCount;
    }

    /** Goes to the next topic, past what is left of this one; false behind the last. */
    public boolean nextTopic() {
        while (nextPartition()) {
            // the caller left the topic early
        }
        if (topicsLeft == 0) {
            return false;
        }
        topicsLeft--;
        readTopic();
        return true;
    }

    /** Whether topics have ids instead of names. */
    public boolean hasTopicIds() {
        return version >= 13;
    }

    /** Name of the topic; empty if topics have ids. */
    public String topic() {
        return hasTopicIds() ? "" : topics.name(in.body(), topicNameIndex, topicNameLength);
    }

    /** Where the UTF-8 name of the topic begins. */
    public int topicNameIndex() {
        return topicNameIndex;
    }

    /** The length of the name in bytes; 0 if topics have ids. */
    public int topicNameLength() {
        return topicNameLength;
    }

    /** Id of the topic; zero if topics have names. */
    public Uuid topicId() {
        return hasTopicIds() ? topics.id(topicIdHigh, topicIdLow) : Uuid.ZERO;
    }

    /** Partitions of this topic. */
    public int partitionsInTopic() {
        return partitionsInTopic;
    }

    /** Goes to the next partition of this topic; false behind the last. */
    public boolean nextPartition() {
        if (partitionsLeft == 0) {
            return false;
        }
        partition = in.int32();
        recordsLength = Math.max(in.length(), -1);
        recordsIndex = in.skip(recordsLength);
        in.skipTags();
        if (--partitionsLeft == 0) {
            in.skipTags();
        }
        return true;
    }

    /** The number of the partition, as the client says; it may be negative. */
    public int partition() {
        return partition;
    }

    /** Where the record batches begin. */
    public int recordsIndex() {
        return recordsIndex;
    }

    /** The length of the record batches in bytes, or -1 if they are null. */
    public int recordsLength() {
        return recordsLength;
    }

    private void readTopic() {
        if (hasTopicIds()) {
            topicIdHigh = in.int64();
            topicIdLow = in.int64();
            topicNameLength = 0;
        } else {
            topicNameLength = in.requiredStringLength();
            topicNameIndex = in.skip(topicNameLength);
        }
        partitionsInTopic = in.count();
        partitionsLeft = partitionsInTopic;
        if (partitionsLeft == 0) {
            in.skipTags();
        }
    }
}

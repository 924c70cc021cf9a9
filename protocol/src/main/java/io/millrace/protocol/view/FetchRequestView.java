package io.millrace.protocol.view;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A Fetch request of any version, walked in place like {@link ProduceRequestView}; the topics that leave the session
 * have a walk of their own:
 *
 * <pre>
 * view.wrap(body, version);
 * while (view.nextTopic()) {
 *     while (view.nextPartition()) { ... view.fetchOffset() ... }
 * }
 * while (view.nextForgottenTopic()) {
 *     while (view.nextForgottenPartition()) { ... view.partition() ... }
 * }
 * </pre>
 *
 * The body is checked from end to end by {@link #wrap}; the walks cannot fail. One thread; use it again for the next request.
 */
public final class FetchRequestView {
    private static final int CLUSTER_ID_TAG = 0;
    private static final int REPLICA_STATE_TAG = 1;
    private static final int REPLICA_DIRECTORY_TAG = 0;
    private static final int HIGH_WATERMARK_TAG = 1;

    private final TopicInterner topics;
    private final BodyReader in = new BodyReader();

    private int version;
    private int replicaId;
    private long replicaEpoch;
    private int maxWaitMs;
    private int minBytes;
    private int maxBytes;
    private byte isolationLevel;
    private int sessionId;
    private int sessionEpoch;
    private int rackIdIndex;
    private int rackIdLength;
    private int clusterIdIndex;
    private int clusterIdLength;
    private int topicCount;
    private int partitionCount;
    private int firstTopicIndex;
    private int forgottenTopicCount;
    private int firstForgottenIndex;

    // Where the walk is.
    private int topicsLeft;
    private int forgottenTopicsLeft;
    private int topicNameIndex;
    private int topicNameLength;
    private long topicIdHigh;
    private long topicIdLow;
    private int partitionsInTopic;
    private int partitionsLeft;
    private int forgottenPartitionsLeft;

    private int partition;
    private int currentLeaderEpoch;
    private long fetchOffset;
    private int lastFetchedEpoch;
    private long logStartOffset;
    private int partitionMaxBytes;
    private long highWatermark;
    private long replicaDirectoryIdHigh;
    private long replicaDirectoryIdLow;

    public FetchRequestView(TopicInterner topics) {
        this.topics = topics;
    }

    /**
     * Takes a request and stands before its first topic.
     *
     * @param body from its position to its limit, both of which stay; big-endian. Bytes after the end of the request are
     *     ignored, as Kafka does
     * @param version one that {@link ApiKey#FETCH} has
     * @return this
     * @throws WireException if the request is malformed; the view must then be wrapped anew before it is walked
     */
    public FetchRequestView wrap(ByteBuffer body, int version) {
        topicCount = 0;
        forgottenTopicCount = 0;
        topicsLeft = 0;
        forgottenTopicsLeft = 0;
        partitionsLeft = 0;
        forgottenPartitionsLeft = 0;
        if (!ApiKey.FETCH.hasVersion(version)) {
            throw new IllegalArgumentException("Fetch has no version " + version);
        }
        this.version = version;
        in.wrap(body, ApiKey.FETCH.isFlexible(version));
        replicaId = version <= 14 ? in.int32() : -1;
        replicaEpoch = -1;
        maxWaitMs = in.int32();
        minBytes = in.int32();
        maxBytes = version >= 3 ? in.int32() : Integer.MAX_VALUE;
        isolationLevel = version >= 4 ? in.int8() : 0;
        sessionId = version >= 7 ? in.int32() : 0;
        sessionEpoch = version >= 7 ? in.int32() : -1;
        int topicCount = checkTopics();
        int forgottenTopicCount = version >= 7 ? checkForgottenTopics() : 0;
        rackIdLength = version >= 11 ? in.requiredStringLength() : 0;
        rackIdIndex = in.skip(rackIdLength);
        readTags();
        this.topicCount = topicCount;
        this.forgottenTopicCount = forgottenTopicCount;
        rewind();
        return this;
    }

    /** Goes back to before the first topic, and the first forgotten one. */
    public void rewind() {
        in.index = firstTopicIndex;
        topicsLeft = topicCount;
        forgottenTopicsLeft = forgottenTopicCount;
        partitionsLeft = 0;
        forgottenPartitionsLeft = 0;
    }

    public int version() {
        return version;
    }

    /** Broker id of the follower that fetches; -1 for a consumer, -2 for a debugging consumer. */
    public int replicaId() {
        return replicaId;
    }

    /** Broker epoch of the follower, or -1; since version 15. */
    public long replicaEpoch() {
        return replicaEpoch;
    }

    /** How long the answer may wait for {@link #minBytes}, in ms. */
    public int maxWaitMs() {
        return maxWaitMs;
    }

    /** Bytes of records that end the wait. */
    public int minBytes() {
        return minBytes;
    }

    /** Bytes of records in the answer, which only a first batch may exceed; the largest int before version 3. */
    public int maxBytes() {
        return maxBytes;
    }

    /** 0: to the high watermark; 1: to the last stable offset, with the transactions aborted before it. */
    public byte isolationLevel() {
        return isolationLevel;
    }

    /** Id of the session, 0 if there is none yet. */
    public int sessionId() {
        return sessionId;
    }

    /** 0 opens a session, -1 closes or wants none, others count its requests. */
    public int sessionEpoch() {
        return sessionEpoch;
    }

    /** Rack of the consumer, a new String unless it is empty. */
    public String rackId() {
        return rackIdLength == 0 ? "" : in.text(rackIdIndex, rackIdLength);
    }

    /** The cluster that the client means, a new String; null if it does not say. */
    public @Nullable String clusterId() {
        return clusterIdLength < 0 ? null : in.text(clusterIdIndex, clusterIdLength);
    }

    public int topicCount() {
        return topicCount;
    }

    /** Partitions in all topics together, without the forgotten ones. */
    public int partitionCount() {
        return partitionCount;
    }

    public int forgottenTopicCount() {
        return forgottenTopicCount;
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

    /** Name of the topic, or forgotten topic; empty if topics have ids. */
    public String topic() {
        return hasTopicIds() ? "" : topics.name(in.body(), topicNameIndex, topicNameLength);
    }

    /** Where the UTF-8 name of the topic begins, an absolute index in the buffer that was wrapped. */
    public int topicNameIndex() {
        return topicNameIndex;
    }

    /** The length of the name in bytes; 0 if topics have ids. */
    public int topicNameLength() {
        return topicNameLength;
    }

    /** Id of the topic, or forgotten topic; zero if topics have names. */
    public Uuid topicId() {
        return hasTopicIds() ? topics.id(topicIdHigh, topicIdLow) : Uuid.ZERO;
    }

    /** Partitions of this topic, or forgotten topic. */
    public int partitionsInTopic() {
        return partitionsInTopic;
    }

    /** Goes to the next partition of this topic; false behind the last. */
    public boolean nextPartition() {
        if (partitionsLeft == 0) {
            return false;
        }
        partition = in.int32();
        currentLeaderEpoch = version >= 9 ? in.int32() : -1;
        fetchOffset = in.int64();
        lastFetchedEpoch = version >= 12 ? in.int32() : -1;
        logStartOffset = version >= 5 ? in.int64() : -1;
        partitionMaxBytes = in.int32();
        readPartitionTags();
        if (--partitionsLeft == 0) {
            in.skipTags();
        }
        return true;
    }

    /** The number of the partition, or forgotten partition, as the client says; it may be negative. */
    public int partition() {
        return partition;
    }

    /** The leader epoch that the client knows, or -1 if it does not say. */
    public int currentLeaderEpoch() {
        return currentLeaderEpoch;
    }

    /** The offset of the first record wanted. */
    public long fetchOffset() {
        return fetchOffset;
    }

    /** Epoch of the last record that the client has, to find out whether logs diverged; -1 if it does not say. */
    public int lastFetchedEpoch() {
        return lastFetchedEpoch;
    }

    /** Start of the follower's log, or -1. */
    public long logStartOffset() {
        return logStartOffset;
    }

    /** Bytes of this partition, which only a first batch may exceed. */
    public int partitionMaxBytes() {
        return partitionMaxBytes;
    }

    /** The high watermark that the follower knows; the largest long if it does not say. */
    public long highWatermark() {
        return highWatermark;
    }

    /** Log directory of the follower, zero if it does not say. */
    public Uuid replicaDirectoryId() {
        return (replicaDirectoryIdHigh | replicaDirectoryIdLow) == 0
                ? Uuid.ZERO
                : new Uuid(replicaDirectoryIdHigh, replicaDirectoryIdLow);
    }

    /** Goes to the next topic with partitions that leave the session; false behind the last. */
    public boolean nextForgottenTopic() {
        while (nextForgottenPartition()) {
            // the caller left the topic early
        }
        if (forgottenTopicsLeft == 0) {
            return false;
        }
        if (forgottenTopicsLeft == forgottenTopicCount) {
            in.index = firstForgottenIndex;
            topicsLeft = 0;
            partitionsLeft = 0;
        }
        forgottenTopicsLeft--;
        readForgottenTopic();
        return true;
    }

    /** Goes to the next partition of this forgotten topic; false behind the last. */
    public boolean nextForgottenPartition() {
        if (forgottenPartitionsLeft == 0) {
            return false;
        }
        partition = in.int32();
        if (--forgottenPartitionsLeft == 0) {
            in.skipTags();
        }
        return true;
    }

    private int checkTopics() {
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
        partitionCount = partitions;
        return count;
    }

    private int checkForgottenTopics() {
        int count = in.count();
        firstForgottenIndex = in.index;
        for (int i = 0; i < count; i++) {
            readForgottenTopic();
            while (nextForgottenPartition()) {
                // only to check it
            }
        }
        return count;
    }

    private void readTopic() {
        readTopicName();
        partitionsInTopic = in.count();
        partitionsLeft = partitionsInTopic;
        if (partitionsLeft == 0) {
            in.skipTags();
        }
    }

    private void readForgottenTopic() {
        readTopicName();
        partitionsInTopic = in.count();
        forgottenPartitionsLeft = partitionsInTopic;
        if (forgottenPartitionsLeft == 0) {
            in.skipTags();
        }
    }

    private void readTopicName() {
        if (hasTopicIds()) {
            topicIdHigh = in.int64();
            topicIdLow = in.int64();
            topicNameLength = 0;
        } else {
            topicNameLength = in.requiredStringLength();
            topicNameIndex = in.skip(topicNameLength);
        }
    }

    private void readPartitionTags() {
        highWatermark = Long.MAX_VALUE;
        replicaDirectoryIdHigh = 0;
        replicaDirectoryIdLow = 0;
        int tag = -1;
        for (int i = in.tagCount(); i > 0; i--) {
            tag = in.tagAfter(tag);
            int size = in.tagSize();
            int valueEnd = in.index + size;
            if (tag == REPLICA_DIRECTORY_TAG && version >= 17) {
                replicaDirectoryIdHigh = in.int64();
                replicaDirectoryIdLow = in.int64();
            } else if (tag == HIGH_WATERMARK_TAG && version >= 18) {
                highWatermark = in.int64();
            } else {
                in.skip(size);
            }
            in.endTag(valueEnd);
        }
    }

    private void readTags() {
        clusterIdLength = -1;
        int tag = -1;
        for (int i = in.tagCount(); i > 0; i--) {
            tag = in.tagAfter(tag);
            int size = in.tagSize();
            int valueEnd = in.index + size;
            if (tag == CLUSTER_ID_TAG) {
                clusterIdLength = in.stringLength();
                clusterIdIndex = in.skip(clusterIdLength);
            } else if (tag == REPLICA_STATE_TAG && version >= 15) {
                replicaId = in.int32();
                replicaEpoch = in.int64();
                in.skipTags();
            } else {
                in.skip(size);
            }
            in.endTag(valueEnd);
        }
    }
}

package io.millrace.protocol.view;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Produce;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a Produce response of any version:
 *
 * <pre>
 * begin(topicCount)
 *     topic(name, id, partitions)
 *         partition(...)
 * end(throttleTimeMs, endpoints)
 * </pre>
 */
public final class ProduceResponseWriter extends ResponseWriter {
    private static final int FIRST_WITH_IDS = 13;
    private static final int CURRENT_LEADER_TAG = 0;

    /** Leader id, leader epoch, no tagged fields. */
    private static final int CURRENT_LEADER_SIZE = 2 * Integer.BYTES + 1;

    public ProduceResponseWriter() {
        super(ApiKey.PRODUCE);
    }

    /**
     * Opens the response.
     *
     * @param topics to follow
     */
    public void begin(int topics) {
        topics(topics);
    }

    /**
     * Opens a topic.
     *
     * @param name written before version 13
     * @param id written since version 13
     * @param partitions to follow
     */
    public void topic(String name, Uuid id, int partitions) {
        topic(name, id, partitions, since(FIRST_WITH_IDS));
    }

    /** A partition whose answer has no text and no other leader to tell; as the long form otherwise. */
    public void partition(int index, short errorCode, long baseOffset, long logAppendTimeMs, long logStartOffset) {
        partition(index, errorCode, baseOffset, logAppendTimeMs, logStartOffset, List.of(), null, -1, -1);
    }

    /**
     * The answer for one partition.
     *
     * @param baseOffset of the first record appended, -1 with an error
     * @param logAppendTimeMs when the broker stamped the records, ms since 1970; -1 if they keep the producer's time
     * @param logStartOffset of the partition, -1 if unknown
     * @param recordErrors the batches refused; empty for none
     * @param errorMessage for people, or null
     * @param leaderId broker that leads instead, -1 for nothing to tell; since version 10
     * @param leaderEpoch its epoch, -1 for nothing to tell
     */
    public void partition(
            int index,
            short errorCode,
            long baseOffset,
            long logAppendTimeMs,
            long logStartOffset,
            List<Produce.Response.BatchIndexAndErrorMessage> recordErrors,
            @Nullable String errorMessage,
            int leaderId,
            int leaderEpoch) {
        takePartition();
        int32(index);
        int16(errorCode);
        int64(baseOffset);
        if (since(2)) {
            int64(logAppendTimeMs);
        }
        if (since(5)) {
            int64(logStartOffset);
        }
        if (since(8)) {
            length(recordErrors.size());
            for (int i = 0; i < recordErrors.size(); i++) {
                int32(recordErrors.get(i).batchIndex);
                string(recordErrors.get(i).batchIndexErrorMessage);
                noTags();
            }
            string(errorMessage);
        }
        if (since(10) && (leaderId != -1 || leaderEpoch != -1)) {
            uvarint(1);
            tag(CURRENT_LEADER_TAG, CURRENT_LEADER_SIZE);
            int32(leaderId);
            int32(leaderEpoch);
            noTags();
        } else {
            noTags();
        }
        closePartition();
    }

    /**
     * Ends the response.
     *
     * @param throttleTimeMs how long the client shall wait before its next request
     * @param endpoints of the leaders told, since version 10; empty for none
     */
    public void end(int throttleTimeMs, List<NodeEndpoint> endpoints) {
        endTopics();
        if (since(1)) {
            int32(throttleTimeMs);
        }
        endpointTags(endpoints, since(10));
    }
}

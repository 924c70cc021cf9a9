package io.millrace.protocol.message;

import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What consumers of a classic group tell each other in the opaque bytes of {@link JoinGroup} (each member's
 * {@link Subscription}) and {@link SyncGroup} (each member's {@link Assignment}), when the protocol type is
 * {@value #PROTOCOL_TYPE}. The coordinator only passes them on.
 *
 * <p>Bytes of a newer version are read as {@link #HIGHEST_VERSION}: a version only ever adds fields at the end.
 */
public final class ConsumerProtocol {
    /** The protocol type of a consumer group. */
    public static final String PROTOCOL_TYPE = "consumer";

    /** The newest version known here; the oldest is 0. */
    public static final short HIGHEST_VERSION = 3;

    private ConsumerProtocol() {}

    private static int readableVersion(ByteBuffer in, String what) {
        short version = VersionedStruct.versionOf(in, what);
        if (version < 0) {
            throw new WireException(what + " of version " + version);
        }
        return Math.min(version, HIGHEST_VERSION);
    }

    /** What a member wants, and what it holds. */
    public static final class Subscription extends VersionedStruct {
        public List<String> topics = List.of();
        /** Whatever the assignor of this member adds, or null. */
        public byte @Nullable [] userData;
        /** Since version 1: what the member holds and would like to keep. */
        public List<TopicPartitions> ownedPartitions = List.of();
        /** Since version 2: the generation in which it got them, or -1. */
        public int generationId = -1;
        /** Since version 3: where the member runs, or null. */
        public @Nullable String rackId;

        /**
         * Reads a subscription, leaving the position of {@code in} alone.
         *
         * @throws WireException if it is malformed
         */
        public static Subscription parse(ByteBuffer in) {
            return readFields(in, readableVersion(in, "A subscription"), new Subscription());
        }

        @Override
        public void wire(Wire w) {
            topics = w.stringArray(topics);
            userData = w.nullableBytes(userData);
            if (w.since(1)) {
                ownedPartitions = w.array(ownedPartitions, TopicPartitions::new);
            }
            if (w.since(2)) {
                generationId = w.int32(generationId);
            }
            if (w.since(3)) {
                rackId = w.nullableString(rackId);
            }
        }

        @Override
        boolean isFlexible(int version) {
            return false;
        }
    }

    /** What a member gets. A member that gets nothing may find no bytes at all instead of one of these. */
    public static final class Assignment extends VersionedStruct {
        public List<TopicPartitions> assignedPartitions = List.of();
        /** Whatever the assignor of the leader adds, or null. */
        public byte @Nullable [] userData;

        /**
         * Reads an assignment, leaving the position of {@code in} alone.
         *
         * @return an empty one if there are no bytes
         * @throws WireException if it is malformed
         */
        public static Assignment parse(ByteBuffer in) {
            if (!in.hasRemaining()) {
                return new Assignment();
            }
            return readFields(in, readableVersion(in, "An assignment"), new Assignment());
        }

        @Override
        public void wire(Wire w) {
            assignedPartitions = w.array(assignedPartitions, TopicPartitions::new);
            userData = w.nullableBytes(userData);
        }

        @Override
        boolean isFlexible(int version) {
            return false;
        }
    }

    /** Partitions of one topic. */
    public static final class TopicPartitions implements Struct {
        public String topic = "";
        public int[] partitions = new int[0];

        @Override
        public void wire(Wire w) {
            topic = w.string(topic);
            partitions = w.int32Array(partitions);
        }
    }
}

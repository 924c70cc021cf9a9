package io.millrace.protocol.message;

import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the records in {@code __consumer_offsets}. The int16 in front of a key tells its type, the one in
 * front of a value its version; a record without a value deletes what its key names.
 *
 * <pre>
 * type 0, 1   {@link OffsetCommitKey}    → {@link OffsetCommitValue}
 * type 2      {@link GroupMetadataKey}   → {@link GroupMetadataValue}
 * others      groups of newer protocols: to be passed over
 * </pre>
 */
public final class GroupRecords {
    /** Key type of committed offsets, as it was written before values had a version 1. */
    public static final short LEGACY_OFFSET_COMMIT_KEY = 0;

    /** Key type of committed offsets. */
    public static final short OFFSET_COMMIT_KEY = 1;

    /** Key type of group metadata. */
    public static final short GROUP_METADATA_KEY = 2;

    private static final int FIRST_FLEXIBLE_VALUE = 4;
    private static final int HIGHEST_VALUE = 4;

    private GroupRecords() {}

    /**
     * The type of a key; the position of {@code key} stays.
     *
     * @return any number: unknown ones belong to records that are to be passed over
     * @throws WireException if there are fewer than two bytes
     */
    public static short keyType(ByteBuffer key) {
        return VersionedStruct.versionOf(key, "A key");
    }

    private static int valueVersion(ByteBuffer in, String what) {
        short version = VersionedStruct.versionOf(in, what);
        if (version < 0 || version > HIGHEST_VALUE) {
            throw new WireException(what + " of version " + version + ", known are 0 to " + HIGHEST_VALUE);
        }
        return version;
    }

    /** Names a committed offset. */
    public static final class OffsetCommitKey extends VersionedStruct {
        public String group = "";
        public String topic = "";
        public int partition;

        /**
         * Reads a key of type 0 or 1, leaving the position of {@code in} alone.
         *
         * @throws WireException if it is malformed or of another type
         */
        public static OffsetCommitKey parse(ByteBuffer in) {
            short type = keyType(in);
            if (type != LEGACY_OFFSET_COMMIT_KEY && type != OFFSET_COMMIT_KEY) {
                throw new WireException("A key of type " + type + " where one of an offset is expected");
            }
            return readFields(in, type, new OffsetCommitKey());
        }

        /** The key with its type, {@link #OFFSET_COMMIT_KEY}. */
        public byte[] toBytes() {
            return toBytes(OFFSET_COMMIT_KEY);
        }

        @Override
        public void wire(Wire w) {
            group = w.string(group);
            topic = w.string(topic);
            partition = w.int32(partition);
        }

        @Override
        boolean isFlexible(int version) {
            return false;
        }
    }

    /** A committed offset. Kafka 3.9 writes version 3, and version 1 when an expiry is asked for. */
    public static final class OffsetCommitValue extends VersionedStruct {
        /** The next offset that the group wants to read. */
        public long offset;
        /** Since version 3: epoch of the record before it, or -1. */
        public int leaderEpoch = -1;
        /** Whatever the consumer wants to remember; empty for nothing. */
        public String metadata = "";
        /** When it was committed, ms since 1970. */
        public long commitTimestamp;
        /** Version 1 only: when it ends, ms since 1970, or -1 for as the broker is configured. */
        public long expireTimestamp = -1;
        /** Since version 4: id of the topic, or zero. */
        public Uuid topicId = Uuid.ZERO;

        /**
         * Reads a value, leaving the position of {@code in} alone.
         *
         * @throws WireException if it is malformed or of an unknown version
         */
        public static OffsetCommitValue parse(ByteBuffer in) {
            return readFields(in, valueVersion(in, "A committed offset"), new OffsetCommitValue());
        }

        @Override
        public void wire(Wire w) {
            offset = w.int64(offset);
            if (w.since(3)) {
                leaderEpoch = w.int32(leaderEpoch);
            }
            metadata = w.string(metadata);
            commitTimestamp = w.int64(commitTimestamp);
            if (w.version() == 1) {
                expireTimestamp = w.int64(expireTimestamp);
            }
            w.beginTags();
            if (w.tag(0, !topicId.equals(Uuid.ZERO))) {
                topicId = w.uuid(topicId);
            }
            w.endTags();
        }

        @Override
        boolean isFlexible(int version) {
            return version >= FIRST_FLEXIBLE_VALUE;
        }
    }

    /** Names the metadata of a group. */
    public static final class GroupMetadataKey extends VersionedStruct {
        public String group = "";

        /**
         * Reads a key of type 2, leaving the position of {@code in} alone.
         *
         * @throws WireException if it is malformed or of another type
         */
        public static GroupMetadataKey parse(ByteBuffer in) {
            short type = keyType(in);
            if (type != GROUP_METADATA_KEY) {
                throw new WireException("A key of type " + type + " where one of a group is expected");
            }
            return readFields(in, type, new GroupMetadataKey());
        }

        /** The key with its type, {@link #GROUP_METADATA_KEY}. */
        public byte[] toBytes() {
            return toBytes(GROUP_METADATA_KEY);
        }

        @Override
        public void wire(Wire w) {
            group = w.string(group);
        }

        @Override
        boolean isFlexible(int version) {
            return false;
        }
    }

    /** A generation of a group, written when its assignment is complete or it became empty. Kafka 3.9 writes version 3. */
    public static final class GroupMetadataValue extends VersionedStruct {
        public String protocolType = "";
        public int generation;
        /** The chosen assignor; null in a group without members. */
        public @Nullable String protocol = "";
        /** Member id of the leader; null in a group without members. */
        public @Nullable String leader = "";
        /** Since version 2: when the group came into its state, ms since 1970, or -1. */
        public long currentStateTimestamp = -1;

        public List<MemberMetadata> members = List.of();

        /**
         * Reads a value, leaving the position of {@code in} alone.
         *
         * @throws WireException if it is malformed or of an unknown version
         */
        public static GroupMetadataValue parse(ByteBuffer in) {
            return readFields(in, valueVersion(in, "Group metadata"), new GroupMetadataValue());
        }

        @Override
        public void wire(Wire w) {
            protocolType = w.string(protocolType);
            generation = w.int32(generation);
            protocol = w.nullableString(protocol);
            leader = w.nullableString(leader);
            if (w.since(2)) {
                currentStateTimestamp = w.int64(currentStateTimestamp);
            }
            members = w.array(members, MemberMetadata::new);
            w.tags();
        }

        @Override
        boolean isFlexible(int version) {
            return version >= FIRST_FLEXIBLE_VALUE;
        }
    }

    /** A member of a generation. */
    public static final class MemberMetadata implements Struct {
        public String memberId = "";
        /** Since version 3: the name of a static member, or null. */
        public @Nullable String groupInstanceId;

        public String clientId = "";
        public String clientHost = "";
        /** Since version 1: how long the member may take to join again, in ms, or -1. */
        public int rebalanceTimeout = -1;
        /** How long the member may be silent, in ms. */
        public int sessionTimeout;
        /** Opaque: the metadata it joined with for the chosen protocol. */
        public byte[] subscription = new byte[0];
        /** Opaque: what the leader gave it. */
        public byte[] assignment = new byte[0];

        @Override
        public void wire(Wire w) {
            memberId = w.string(memberId);
            if (w.since(3)) {
                groupInstanceId = w.nullableString(groupInstanceId);
            }
            clientId = w.string(clientId);
            clientHost = w.string(clientHost);
            if (w.since(1)) {
                rebalanceTimeout = w.int32(rebalanceTimeout);
            }
            sessionTimeout = w.int32(sessionTimeout);
            subscription = w.bytes(subscription);
            assignment = w.bytes(assignment);
            w.tags();
        }
    }
}

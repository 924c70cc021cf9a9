package io.millrace.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The APIs that Millrace has messages for, each with the versions that Kafka 3.9.2 and 4.3.1 define between them and
 * the first of them that is flexible. What a broker answers is a matter of its registry, not of this list.
 */
public enum ApiKey {
    PRODUCE(0, 0, 13, 9),
    FETCH(1, 0, 18, 12),
    LIST_OFFSETS(2, 0, 11, 6),
    METADATA(3, 0, 13, 9),
    LEADER_AND_ISR(4, 0, 7, 4),
    STOP_REPLICA(5, 0, 4, 2),
    UPDATE_METADATA(6, 0, 8, 6),
    CONTROLLED_SHUTDOWN(7, 0, 3, 3),
    OFFSET_COMMIT(8, 0, 10, 8),
    OFFSET_FETCH(9, 0, 10, 6),
    FIND_COORDINATOR(10, 0, 6, 3),
    JOIN_GROUP(11, 0, 9, 6),
    HEARTBEAT(12, 0, 4, 4),
    LEAVE_GROUP(13, 0, 5, 4),
    SYNC_GROUP(14, 0, 5, 4),
    DESCRIBE_GROUPS(15, 0, 6, 5),
    LIST_GROUPS(16, 0, 5, 3),
    API_VERSIONS(18, 0, 4, 3),
    CREATE_TOPICS(19, 0, 7, 5),
    DELETE_TOPICS(20, 0, 6, 4),
    DELETE_RECORDS(21, 0, 2, 2),
    INIT_PRODUCER_ID(22, 0, 6, 2),
    OFFSET_FOR_LEADER_EPOCH(23, 0, 4, 4),
    DESCRIBE_CONFIGS(32, 0, 4, 4),
    ALTER_CONFIGS(33, 0, 2, 2),
    DESCRIBE_LOG_DIRS(35, 0, 5, 2),
    CREATE_PARTITIONS(37, 0, 3, 2),
    DELETE_GROUPS(42, 0, 2, 2),
    ELECT_LEADERS(43, 0, 2, 2),
    INCREMENTAL_ALTER_CONFIGS(44, 0, 1, 1),
    ALTER_PARTITION_REASSIGNMENTS(45, 0, 1, 0),
    LIST_PARTITION_REASSIGNMENTS(46, 0, 0, 0),
    OFFSET_DELETE(47, 0, 0, Integer.MAX_VALUE),
    ALTER_PARTITION(56, 0, 3, 0),
    DESCRIBE_CLUSTER(60, 0, 2, 0),
    DESCRIBE_PRODUCERS(61, 0, 0, 0),
    ALLOCATE_PRODUCER_IDS(67, 0, 0, 0);

    private static final @Nullable ApiKey[] BY_ID = new ApiKey[128];

    static {
        for (ApiKey key : values()) {
            BY_ID[key.id] = key;
        }
    }

    private final short id;
    private final short lowestVersion;
    private final short highestVersion;
    private final int firstFlexibleVersion;

    ApiKey(int id, int lowestVersion, int highestVersion, int firstFlexibleVersion) {
        this.id = (short) id;
        this.lowestVersion = (short) lowestVersion;
        this.highestVersion = (short) highestVersion;
        this.firstFlexibleVersion = firstFlexibleVersion;
    }

    /** The number on the wire. */
    public short id() {
        return id;
    }

    public short lowestVersion() {
        return lowestVersion;
    }

    public short highestVersion() {
        return highestVersion;
    }

    public boolean hasVersion(int version) {
        return version >= lowestVersion && version <= highestVersion;
    }

    /** Whether this version has compact lengths and tagged fields, in request and response alike. */
    public boolean isFlexible(int version) {
        return version >= firstFlexibleVersion;
    }

    /** The version of the header in front of a request: 0, 1 or 2. */
    public int requestHeaderVersion(int version) {
        if (isFlexible(version)) {
            return 2;
        }
        return this == CONTROLLED_SHUTDOWN && version == 0 ? 0 : 1;
    }

    /** The version of the header in front of a response: 0 or 1. */
    public int responseHeaderVersion(int version) {
        // A client that asks for the versions does not know yet which header the broker would understand.
        return isFlexible(version) && this != API_VERSIONS ? 1 : 0;
    }

    /** The API with this number, or null. */
    public static @Nullable ApiKey of(short id) {
        return id < 0 || id >= BY_ID.length ? null : BY_ID[id];
    }
}

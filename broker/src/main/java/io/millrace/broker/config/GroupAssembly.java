package io.millrace.broker.config;

import static io.millrace.broker.config.ClusterSettings.ZOOKEEPER_CONNECT;
import static io.millrace.broker.config.GroupSettings.GROUP_INITIAL_REBALANCE_DELAY_MS;
import static io.millrace.broker.config.GroupSettings.GROUP_MAX_SESSION_TIMEOUT_MS;
import static io.millrace.broker.config.GroupSettings.GROUP_MAX_SIZE;
import static io.millrace.broker.config.GroupSettings.GROUP_MIN_SESSION_TIMEOUT_MS;
import static io.millrace.broker.config.GroupSettings.OFFSETS_COMMIT_TIMEOUT_MS;
import static io.millrace.broker.config.GroupSettings.OFFSETS_RETENTION_CHECK_INTERVAL_MS;
import static io.millrace.broker.config.GroupSettings.OFFSETS_RETENTION_MINUTES;
import static io.millrace.broker.config.GroupSettings.OFFSETS_TOPIC_COMPRESSION_CODEC;
import static io.millrace.broker.config.GroupSettings.OFFSETS_TOPIC_NUM_PARTITIONS;
import static io.millrace.broker.config.GroupSettings.OFFSETS_TOPIC_REPLICATION_FACTOR;
import static io.millrace.broker.config.GroupSettings.OFFSETS_TOPIC_SEGMENT_BYTES;
import static io.millrace.broker.config.GroupSettings.OFFSET_METADATA_MAX_BYTES;

import java.util.concurrent.TimeUnit;

/** Makes the record of the group coordinator of the values. */
final class GroupAssembly {
    private final SettingValues values;

    GroupAssembly(SettingValues values) {
        this.values = values;
    }

    GroupConfig group() {
        int longest = values.of(GROUP_MAX_SESSION_TIMEOUT_MS);
        int shortest = values.of(GROUP_MIN_SESSION_TIMEOUT_MS);
        if (longest < shortest) {
            throw values.refuse(
                    GROUP_MAX_SESSION_TIMEOUT_MS, "must be at least group.min.session.timeout.ms=" + shortest);
        }
        return new GroupConfig(
                shortest,
                longest,
                values.of(GROUP_INITIAL_REBALANCE_DELAY_MS),
                values.of(GROUP_MAX_SIZE),
                new GroupConfig.Offsets(
                        values.of(OFFSETS_TOPIC_NUM_PARTITIONS),
                        offsetsReplicationFactor(),
                        values.of(OFFSETS_TOPIC_SEGMENT_BYTES),
                        values.of(OFFSETS_TOPIC_COMPRESSION_CODEC),
                        values.of(OFFSET_METADATA_MAX_BYTES),
                        values.of(OFFSETS_COMMIT_TIMEOUT_MS),
                        TimeUnit.MINUTES.toMillis(values.of(OFFSETS_RETENTION_MINUTES)),
                        values.of(OFFSETS_RETENTION_CHECK_INTERVAL_MS)));
    }

    /** A broker with a ZooKeeper of its own is alone, so without a word to the contrary one replica is what it can have. */
    private short offsetsReplicationFactor() {
        boolean alone = !values.isSet(ZOOKEEPER_CONNECT) && !values.isSet(OFFSETS_TOPIC_REPLICATION_FACTOR);
        return alone ? 1 : values.of(OFFSETS_TOPIC_REPLICATION_FACTOR);
    }
}

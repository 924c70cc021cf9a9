package io.millrace.broker.group;

import io.millrace.protocol.record.Compression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The groups of one partition of {@code __consumer_offsets}, from the moment this broker leads it until it does no more.
 * When it leads it again that is another shard. Group thread.
 */
final class Shard {
    final int partition;
    final ShardLog log;
    final Map<String, Group> groups = new HashMap<>();
    int leaderEpoch;
    /** Until all of the partition has been read nobody is answered. */
    boolean loading = true;
    /** What has to wait until then. */
    final List<Runnable> onceLoaded = new ArrayList<>();

    Shard(int partition, int leaderEpoch, GroupLoop loop, OffsetLog log, Compression compression) {
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
        this.log = new ShardLog(this, loop, log, compression);
    }
}

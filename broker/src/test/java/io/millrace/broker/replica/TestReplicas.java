package io.millrace.broker.replica;

import io.millrace.client.net.Endpoint;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What tests of replicas put in place of the world around them. */
public final class TestReplicas {
    static final FollowerFetching NO_FETCHING = new FollowerFetching() {
        @Override
        public void follow(FollowerLog replica, int leaderId, Endpoint endpoint) {}

        @Override
        public void stop(Partition partition) {}
    };

    private static final IsrChanges NO_CHANGES = proposal -> {};

    private TestReplicas() {}

    /** A world in which nobody else is: nothing is fetched and no proposal is answered. */
    public static ReplicaEnvironment environment(Timer timer) {
        return environment(timer, new TestLoop());
    }

    /** The same with a clock that the test moves. */
    public static ReplicaEnvironment environment(Timer timer, TestLoop loop) {
        return environment(timer, loop, topic -> null);
    }

    /** The same with topics on record. */
    public static ReplicaEnvironment environment(
            Timer timer, TestLoop loop, Function<String, @Nullable Uuid> topicIds) {
        return new ReplicaEnvironment(loop, timer, () -> 0, NO_CHANGES, NO_FETCHING, topicIds);
    }

    static ReplicaHost host(int brokerId, TestLoop loop) {
        return host(brokerId, loop, NO_CHANGES);
    }

    static ReplicaHost host(int brokerId, TestLoop loop, IsrChanges isrChanges) {
        return new ReplicaHost(brokerId, 30_000, () -> 0, broker -> true, loop, isrChanges);
    }

    /** A batch of a leader with so many records, uncompressed. */
    public static ByteBuffer batch(int records) {
        BatchBuilder builder = new BatchBuilder().begin(Compression.NONE);
        for (int i = 0; i < records; i++) {
            builder.append(1_700_000_000_000L, null, new byte[] {(byte) i});
        }
        ByteBuffer built = builder.finish();
        return ByteBuffer.allocate(built.remaining()).put(built).flip();
    }

    /** The same as a leader has stored it. */
    public static ByteBuffer stored(long baseOffset, int leaderEpoch, int records) {
        ByteBuffer batch = batch(records);
        BatchHeader.stamp(batch, 0, baseOffset, leaderEpoch);
        return batch;
    }

    /** What a controller says of a partition 0. */
    public static LeaderAndIsrPartitionState state(int leader, int leaderEpoch, int partitionEpoch, int... isr) {
        LeaderAndIsrPartitionState state = new LeaderAndIsrPartitionState();
        state.leader = leader;
        state.leaderEpoch = leaderEpoch;
        state.partitionEpoch = partitionEpoch;
        state.isr = isr;
        state.replicas = new int[] {1, 2, 3};
        return state;
    }

    /** Follows a leader in an epoch with a log that is there already. */
    public static FollowerLog follower(TestLoop loop, TopicPartition name, PartitionLog log, int leaderEpoch) {
        return new Partition(name, host(1, loop), log, 1).becomeFollower(state(2, leaderEpoch, 0, 1, 2, 3));
    }

    /** A fetch of a follower from an offset. */
    static FollowerFetch fetch(long offset, long atMs, long beforeMs) {
        return new FollowerFetch() {
            @Override
            public long fetchOffset() {
                return offset;
            }

            @Override
            public long followerStartOffset() {
                return 0;
            }

            @Override
            public long lastFetchMs() {
                return atMs;
            }

            @Override
            public long beforeMs() {
                return beforeMs;
            }
        };
    }
}

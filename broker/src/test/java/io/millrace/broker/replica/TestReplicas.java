package io.millrace.broker.replica;

import io.millrace.client.net.Endpoint;

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
        return new ReplicaEnvironment(new TestLoop(), timer, () -> 0, NO_CHANGES, NO_FETCHING);
    }

    static ReplicaHost host(int brokerId, TestLoop loop) {
        return host(brokerId, loop, NO_CHANGES);
    }

    static ReplicaHost host(int brokerId, TestLoop loop, IsrChanges isrChanges) {
        return new ReplicaHost(brokerId, 30_000, () -> 0, broker -> true, loop, isrChanges);
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

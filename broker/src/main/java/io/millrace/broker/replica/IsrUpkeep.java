package io.millrace.broker.replica;

import io.millrace.broker.loop.Loop;
import io.millrace.broker.metadata.ClusterSnapshot;
import java.util.HashSet;
import java.util.Set;

/**
 * Looks from time to time whether followers have fallen behind, which nothing else tells, and when a broker has come or gone,
 * whether it may join, or need not be waited for. Armed only while this broker leads a partition that has followers.
 */
final class IsrUpkeep {
    private final HostedPartitions partitions;
    private final Loop loop;
    private final long periodMs;
    private boolean armed;
    private Set<Integer> brokers = Set.of();

    /** @param lagTimeMaxMs a follower that is further behind is found out after one and a half times that */
    IsrUpkeep(HostedPartitions partitions, Loop loop, long lagTimeMaxMs) {
        this.partitions = partitions;
        this.loop = loop;
        this.periodMs = Math.max(1, lagTimeMaxMs / 2);
    }

    /** There may be something to look after. Any thread. */
    synchronized void arm() {
        if (!armed) {
            armed = true;
            loop.schedule("look for followers that fell behind", periodMs, this::lookAgain);
        }
    }

    /** The controller has told what it knows of the cluster. Any thread. */
    synchronized void onMetadata(ClusterSnapshot cluster) {
        Set<Integer> alive = new HashSet<>();
        cluster.brokers().forEach(broker -> alive.add(broker.id()));
        boolean changed = !brokers.equals(alive);
        brokers = alive;
        if (changed) {
            loop.post("look for followers that came or went", this::look);
        }
    }

    private void lookAgain() {
        synchronized (this) {
            armed = false;
        }
        if (look()) {
            arm();
        }
    }

    private boolean look() {
        boolean[] watching = {false};
        partitions.forEach(partition -> {
            if (partition.watchesIsr()) {
                watching[0] = true;
                partition.onIsrChanged();
            }
        });
        return watching[0];
    }
}

package io.millrace.bench.rig;

import io.millrace.client.net.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Growth: many consumer groups that come together at once, and what a heartbeat costs the broker when there are few members and
 * when there are many.
 *
 * @param steps so many groups more each time
 */
record GroupsRow(List<Integer> steps, int perSecond, Duration warmUp, Duration duration) implements Row {
    /** Members of a group. */
    private static final int SIZE = 5;

    private static final int PARTITIONS = 10;

    @Override
    public String id() {
        return "groups";
    }

    @Override
    public String title() {
        return "groups of " + SIZE + " members that come in steps of " + steps + " groups, and " + perSecond
                + " heartbeats a second";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, LoadMember.TOPIC, PARTITIONS, 1);
        Endpoint broker = new Endpoint("127.0.0.1", cluster.broker().port);
        try (GroupLoad load = new GroupLoad(broker, PARTITIONS, GroupLoad.LONG_SESSION_MS)) {
            int members = 0;
            for (int groups : steps) {
                load.add(groups, SIZE);
                members += groups * SIZE;
                double before = cluster.cpuSeconds();
                double settledAfter = load.settle().toNanos() / 1e9;
                double joinCpu = cluster.cpuSeconds() - before;
                String joined = groups + " groups of " + SIZE + " members";
                samples.add(Metric.less(0, joined + ": until all are settled", "s", 0), contender.name(), settledAfter);
                samples.add(
                        Metric.less(0, joined + ": CPU per member until then", "ms", 0),
                        contender.name(),
                        joinCpu * 1e3 / (groups * SIZE));
                load.heartbeats(perSecond, warmUp);
                before = cluster.cpuSeconds();
                long heartbeats = load.heartbeats(perSecond, duration);
                samples.add(
                        Metric.less(
                                0, String.format(Locale.ROOT, "CPU per heartbeat of %,d members", members), "µs", 0),
                        contender.name(),
                        (cluster.cpuSeconds() - before) * 1e6 / heartbeats);
            }
            if (!load.faults().isEmpty()) {
                throw new IllegalStateException(String.join("\n", load.faults()));
            }
        }
    }
}

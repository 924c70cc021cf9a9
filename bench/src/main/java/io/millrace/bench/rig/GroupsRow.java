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
record GroupsRow(List<Integer> steps, int perSecond, Duration duration) implements Row {
    /** Members of a group. */
    private static final int SIZE = 5;

    private static final int PARTITIONS = 10;

    /** First more often than is measured. */
    private static final WarmUp FAST = new WarmUp(3, 8);

    private static final int FASTER = 5;
    private static final Duration FAST_WINDOW = Duration.ofSeconds(3);
    private static final WarmUp AT_RATE = new WarmUp(2, 6);
    private static final Duration AT_RATE_WINDOW = Duration.ofSeconds(3);

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
    public boolean hasGoal() {
        return false;
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
                Duration[] settled = new Duration[1];
                Usage joining = cluster.measured(() -> settled[0] = load.settle());
                String joined = groups + " groups of " + SIZE + " members";
                samples.add(
                        Metric.less(0, joined + ": until all are settled", "s")
                                .at("N groups of " + SIZE + " members: until all are settled", groups),
                        contender.name(),
                        settled[0].toNanos() / 1e9);
                samples.add(
                        Metric.less(0, joined + ": CPU per member until then", "ms")
                                .at("N groups of " + SIZE + " members: CPU per member until they are settled", groups),
                        contender.name(),
                        joining.cpuSeconds() * 1e3 / (groups * SIZE));
                String beating = String.format(Locale.ROOT, "heartbeats of %,d members", members);
                FAST.run(beating + ", often", contender.name(), cluster::cpuSeconds, samples, () -> {
                    return load.heartbeats(perSecond * FASTER, FAST_WINDOW);
                });
                AT_RATE.run(beating, contender.name(), cluster::cpuSeconds, samples, () -> {
                    return load.heartbeats(perSecond, AT_RATE_WINDOW);
                });
                long[] heartbeats = new long[1];
                Usage usage = cluster.measured(() -> heartbeats[0] = load.heartbeats(perSecond, duration));
                samples.add(
                        Metric.less(0, String.format(Locale.ROOT, "CPU per heartbeat of %,d members", members), "µs")
                                .at("CPU per heartbeat of N members", members),
                        contender.name(),
                        usage.cpuSeconds() * 1e6 / heartbeats[0]);
            }
            if (!load.faults().isEmpty()) {
                throw new IllegalStateException(String.join("\n", load.faults()));
            }
        }
    }
}

package io.millrace.bench.rig;

/** Row 12: what many partitions that nobody uses cost, and how long it takes to create them. */
record PartitionsRow(int partitions) implements Row {
    @Override
    public String id() {
        return "partitions-" + partitions;
    }

    @Override
    public String title() {
        return "a topic with " + partitions + " partitions";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, "first", 10, 1);
        long pid = cluster.broker().pid();
        double memory = Proc.rssAnonMiB(pid);
        double heap = Proc.liveHeapKiB(pid);
        double maps = Proc.maps(pid);
        double cpu = cluster.cpuSeconds();
        long startNs = System.nanoTime();
        Topics.create(cluster, "many", partitions, 1);
        String of = " with " + partitions + " partitions";
        samples.add(
                Metric.less(12, "creating a topic" + of, "ms/partition", 10),
                contender.name(),
                (System.nanoTime() - startNs) / 1e6 / partitions);
        samples.add(
                Metric.less(0, "creating a topic" + of + ", CPU", "ms/partition", 0),
                contender.name(),
                (cluster.cpuSeconds() - cpu) * 1_000 / partitions);
        samples.add(
                Metric.less(12, "heap of a topic" + of + ", what lives", "KiB/partition", 6),
                contender.name(),
                (Proc.liveHeapKiB(pid) - heap) / partitions);
        samples.add(
                Metric.less(12, "memory of a topic" + of + " (RssAnon)", "KiB/partition", 0),
                contender.name(),
                (Proc.rssAnonMiB(pid) - memory) * 1024 / partitions);
        samples.add(
                Metric.less(12, "memory maps of a topic" + of, "/partition", 0),
                contender.name(),
                (Proc.maps(pid) - maps) / partitions);
    }
}

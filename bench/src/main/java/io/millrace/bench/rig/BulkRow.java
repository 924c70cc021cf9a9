package io.millrace.bench.rig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Rows 6 and 7: many bytes in, as fast as one producer can, and out again to one consumer. Measured in several windows, which count
 * together: what a broker does now and then only, as begin a segment or collect garbage, it does in fewer than half of them, and it
 * belongs to what a GB takes. How far they are apart stands beside it, with the median, which is without what comes to few of them. A
 * window of writing ends when all replicas have it.
 *
 * @param brokers each of which has a replica; their CPU time is added up
 * @param megabytes what is sent in a window, in units of 10^6 bytes
 * @param windows that are measured
 */
record BulkRow(
        int brokers, String acks, int recordBytes, int partitions, String compression, int megabytes, int windows)
        implements Row {
    private static final String TOPIC = "bulk";
    static final int BATCH_BYTES = 128 << 10;
    static final int LINGER_MS = 10;

    private static final WarmUp WARM_UP = new WarmUp(4, 8);

    /**
     * Of what has a goal. It takes some 4,000 MB, in batches of 128 KiB, until the JIT compilers of both are done; after 2,000 two windows
     * of Kafka were alike that took twice as much as those after them.
     */
    private static final WarmUp STANDARD_WARM_UP = new WarmUp(8, 12);

    /** A window of it; of small records fewer bytes are as much work. */
    private static final int WARM_UP_MEGABYTES = 500;

    /** It takes several readings until what a broker needs to be read from is compiled, each of which is a few requests. */
    private static final WarmUp WARM_UP_READING = new WarmUp(4, 8);

    /** Of what has a goal; the others are measured in fewer. */
    private static final int STANDARD_WINDOWS = 7;

    private static final int WINDOWS_AROUND = 3;

    /** How long a consumer waits for the next record before it takes the rest for lost. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final double BYTES_PER_GB = 1e9;
    private static final double BYTES_PER_MB = 1e6;

    /** The setting that the table of targets asks for; the others show how things change around it. */
    static BulkRow standard(int megabytes) {
        return new BulkRow(1, "1", 1024, 1, "none", megabytes, STANDARD_WINDOWS);
    }

    static BulkRow around(
            int brokers, String acks, int recordBytes, int partitions, String compression, int megabytes) {
        return new BulkRow(brokers, acks, recordBytes, partitions, compression, megabytes, WINDOWS_AROUND);
    }

    private interface Writing {
        void write(long records) throws Exception;
    }

    boolean isStandard() {
        return equals(new BulkRow(1, "1", 1024, 1, "none", megabytes, windows));
    }

    @Override
    public String id() {
        return isStandard()
                ? "bulk"
                : (brokers == 1 ? "" : brokers + "-brokers-") + "bulk-acks-" + acks + "-" + recordBytes + "-bytes-"
                        + partitions + "-partitions-" + compression;
    }

    @Override
    public String title() {
        return windows + " times " + megabytes + " MB in records of " + recordBytes + " B, acks=" + acks + ", "
                + partitions + " partitions, compression " + compression
                + (brokers == 1 ? "" : ", " + brokers + " brokers");
    }

    @Override
    public boolean hasGoal() {
        return isStandard();
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, TOPIC, partitions, brokers);
        Map<String, Object> settings = new HashMap<>(Map.of(
                ProducerConfig.ACKS_CONFIG, acks,
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, acks.equals("all"),
                ProducerConfig.COMPRESSION_TYPE_CONFIG, compression,
                ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES,
                ProducerConfig.LINGER_MS_CONFIG, LINGER_MS));
        long warmUp = records(isStandard() ? WARM_UP_MEGABYTES : megabytes);
        long records = records(megabytes);
        String suffix = isStandard()
                ? ""
                : (brokers == 1 ? "" : ", " + brokers + " brokers") + ", acks=" + acks + ", " + recordBytes + " B, "
                        + partitions + " partitions, " + compression;
        try (Topics topics = new Topics(cluster);
                ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, recordBytes, settings)) {
            // What followers have still to fetch, or a broker to take, belongs to what was written.
            boolean lags = acks.equals("0") || acks.equals("1") && brokers > 1;
            long[] sent = new long[1];
            Writing writing = count -> {
                load.records(count);
                sent[0] += count;
                if (lags) {
                    // What was lost is not waited for again.
                    sent[0] = topics.awaitReplicated(TOPIC, partitions, sent[0]);
                }
            };
            (isStandard() ? STANDARD_WARM_UP : WARM_UP)
                    .run(id() + ", written", contender.name(), cluster::cpuSeconds, samples, () -> {
                        writing.write(warmUp);
                        return warmUp;
                    });
            List<Usage> usages = new ArrayList<>();
            for (int window = 0; window < windows; window++) {
                usages.add(cluster.measured(() -> writing.write(records)));
            }
            add(samples, contender, 6, "produced" + suffix, records, usages);
            if (isStandard()) {
                samples.add(
                        Metric.less(11, "memory while much is produced (RssAnon)", "MiB")
                                .goal(Goal.times(3), Goal.times(5)),
                        contender.name(),
                        Proc.rssAnonMiB(cluster.broker().pid()));
            }
        }
        // Else a broker that still has full segments flushed, each for seconds, seems to read at that price.
        Quiet.Machine.sync();
        read(cluster, contender, samples, suffix, records);
    }

    /**
     * What a broker has compiled while it was written to is not what it needs to be read from, so reading is warmed up too. The first
     * reading counts for itself. All of them read the same records, which are in memory, up to the end of each partition: what a
     * client fetches ahead of what it hands out, a MB of each partition, would be sent for nothing, and the more of it the faster
     * the broker is.
     */
    private void read(Cluster cluster, Contender contender, Samples samples, String suffix, long wanted)
            throws Exception {
        Map<TopicPartition, Long> ends;
        try (Topics topics = new Topics(cluster)) {
            ends = topics.ends(TOPIC, partitions);
        }
        Map<TopicPartition, Long> from = last(ends, wanted);
        long records = sum(ends) - sum(from);
        Usage.Work reading = () -> consume(cluster.bootstrap(), from, records);
        Usage first = cluster.measured(reading);
        samples.add(
                Metric.less(0, "CPU per GB consumed for the first time" + suffix, "s"),
                contender.name(),
                secondsPerGb(first, records));
        WARM_UP_READING.run(id() + ", read", contender.name(), cluster::cpuSeconds, samples, () -> {
            reading.run();
            return records;
        });
        List<Usage> usages = new ArrayList<>();
        for (int window = 0; window < windows; window++) {
            usages.add(cluster.measured(reading));
        }
        add(samples, contender, 7, "consumed" + suffix, records, usages);
    }

    private long records(int megabytes) {
        return megabytes * 1_000_000L / recordBytes;
    }

    private double secondsPerGb(Usage usage, long records) {
        return usage.cpuSeconds() * BYTES_PER_GB / ((double) records * recordBytes);
    }

    /**
     * Makes the figures of a run out of its windows.
     *
     * @param records of each window
     */
    void add(Samples samples, Contender contender, int row, String what, long records, List<Usage> usagesOfWindows) {
        List<Double> perGb = usagesOfWindows.stream()
                .map(usage -> secondsPerGb(usage, records))
                .toList();
        samples.addSeries(id() + ", " + what + ": broker CPU by window, s per GB", contender.name(), perGb);
        Usage all = Usage.sum(usagesOfWindows);
        long allRecords = records * usagesOfWindows.size();
        double allPerGb = secondsPerGb(all, allRecords);
        Metric cpu = Metric.less(isStandard() ? row : 0, "CPU per GB " + what, "s");
        samples.add(
                isStandard() ? cpu.goal(Goal.times(2), Goal.times(row == 6 ? 3 : 4)) : cpu, contender.name(), allPerGb);
        if (isStandard()) {
            double median = Samples.median(perGb);
            samples.add(Metric.less(0, "CPU per GB " + what + ", median window", "s"), contender.name(), median);
            samples.add(
                    Metric.less(0, "CPU per GB " + what + ", from the least to the most window, of the median", "%"),
                    contender.name(),
                    (Collections.max(perGb) - Collections.min(perGb)) * 100 / median);
        }
        samples.add(
                Metric.less(0, "CPU per million records " + what, "s"),
                contender.name(),
                allPerGb * recordBytes * 1e6 / BYTES_PER_GB);
        samples.add(
                Metric.more(0, "MB " + what, "MB/s"),
                contender.name(),
                (double) allRecords * recordBytes / BYTES_PER_MB / all.seconds());
    }

    /**
     * Where to begin to read so many records, or a few more, up to the ends: of each partition as large a part as of all together.
     *
     * @param records at most as many as there are
     */
    static Map<TopicPartition, Long> last(Map<TopicPartition, Long> ends, long records) {
        double part = (double) records / sum(ends);
        return ends.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        end -> end.getValue() - (long) Math.min(end.getValue(), Math.ceil(end.getValue() * part))));
    }

    private static long sum(Map<TopicPartition, Long> offsets) {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Reads with one consumer.
     *
     * @param from where to begin
     * @param records how many there are from there on
     */
    static void consume(String bootstrap, Map<TopicPartition, Long> from, long records) {
        Map<String, Object> settings = Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(from.keySet());
            from.forEach(consumer::seek);
            long seen = 0;
            long lastNs = System.nanoTime();
            while (seen < records) {
                int count = consumer.poll(Duration.ofSeconds(1)).count();
                seen += count;
                if (count > 0) {
                    lastNs = System.nanoTime();
                } else if (System.nanoTime() - lastNs > PATIENCE.toNanos()) {
                    throw new IllegalStateException("Of " + records + " records " + seen
                            + " came back, and no other for " + PATIENCE.toSeconds() + " s");
                }
            }
        }
    }
}

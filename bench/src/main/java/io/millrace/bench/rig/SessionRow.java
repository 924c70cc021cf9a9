package io.millrace.bench.rig;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Growth: a consumer of many partitions, of which one has something new; what each record costs that comes through its session. The
 * request that produces the record is part of the figure.
 */
record SessionRow(int partitions, int perSecond, Duration duration) implements Row {
    private static final String QUIET = "quiet";
    private static final String BUSY = "busy";
    private static final int RECORD_BYTES = 100;

    /** First more often than it is measured, but one by one, so that there are as many fetches as records. */
    private static final WarmUp FAST = new WarmUp(3, 6);

    private static final int FAST_PER_SECOND = 2_000;
    private static final Duration FAST_WINDOW = Duration.ofSeconds(2);
    private static final WarmUp AT_RATE = new WarmUp(2, 5);
    private static final Duration AT_RATE_WINDOW = Duration.ofSeconds(3);

    /** How long a record may be on its way to the consumer. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public String id() {
        return "session-" + partitions;
    }

    @Override
    public String title() {
        return "a consumer of " + partitions + " quiet partitions and one with " + perSecond + " records a second";
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
        Topics.create(cluster, QUIET, partitions, 1);
        Topics.create(cluster, BUSY, 1, 1);
        Consumer consumer = new Consumer(cluster.bootstrap(), partitions);
        FutureTask<Void> consuming = new FutureTask<>(consumer);
        Thread thread = new Thread(consuming, "consumer");
        thread.start();
        String by = contender.name();
        String what = "a record produced, and consumed beside " + partitions + " quiet partitions";
        try (ProducerLoad load = new ProducerLoad(
                cluster.bootstrap(), BUSY, RECORD_BYTES, Map.of(ProducerConfig.BATCH_SIZE_CONFIG, 0))) {
            FAST.run(what + ", at " + FAST_PER_SECOND + "/s", by, cluster::cpuSeconds, samples, () -> {
                return send(load, FAST_PER_SECOND, FAST_WINDOW, consumer, consuming);
            });
            AT_RATE.run(what + ", at " + perSecond + "/s", by, cluster::cpuSeconds, samples, () -> {
                return send(load, perSecond, AT_RATE_WINDOW, consumer, consuming);
            });
            long[] count = new long[1];
            Usage usage = cluster.measured(() -> count[0] = send(load, perSecond, duration, consumer, consuming));
            samples.add(
                    Metric.less(0, "CPU of " + what, "µs")
                            .at("CPU of a record produced, and consumed beside N quiet partitions", partitions),
                    by,
                    usage.cpuSeconds() * 1e6 / count[0]);
        } finally {
            consumer.over.set(true);
            thread.join();
        }
    }

    /** Sends, and waits until all that was sent so far has come; returns how many were sent. */
    private static long send(
            ProducerLoad load, int perSecond, Duration duration, Consumer consumer, FutureTask<Void> consuming)
            throws InterruptedException, ExecutionException {
        long before = consumer.seen.get();
        long sent = load.atRate(perSecond, duration).getTotalCount();
        long startNs = System.nanoTime();
        while (consumer.seen.get() < before + sent) {
            if (consuming.isDone()) {
                consuming.get();
            }
            if (System.nanoTime() - startNs > PATIENCE.toNanos()) {
                throw new IllegalStateException("Of " + sent + " records " + (consumer.seen.get() - before)
                        + " have come to the consumer " + PATIENCE.toSeconds() + " s after the last was sent");
            }
            Thread.sleep(1);
        }
        return sent;
    }

    /** Reads all partitions and counts what comes, on a thread of its own. */
    private static final class Consumer implements Callable<Void> {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicLong seen = new AtomicLong();
        private final String bootstrap;
        private final int partitions;

        Consumer(String bootstrap, int partitions) {
            this.bootstrap = bootstrap;
            this.partitions = partitions;
        }

        @Override
        @SuppressWarnings("NullAway") // nothing is what it returns
        public Void call() {
            Map<String, Object> settings = Map.of(
                    ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    bootstrap,
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                    "earliest");
            try (var consumer =
                    new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                List<TopicPartition> all = IntStream.range(0, partitions)
                        .mapToObj(partition -> new TopicPartition(QUIET, partition))
                        .collect(Collectors.toList());
                all.add(new TopicPartition(BUSY, 0));
                consumer.assign(all);
                while (!over.get()) {
                    seen.addAndGet(consumer.poll(Duration.ofMillis(200)).count());
                }
            }
            return null;
        }
    }
}

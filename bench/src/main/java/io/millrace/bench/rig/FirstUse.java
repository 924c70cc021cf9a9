package io.millrace.bench.rig;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What is done with each contender once before anything counts: its files are read from the disk, and the client in this process is
 * compiled, so that the first run of the first row is like the others.
 *
 * @param details to which is added how each contender was started and set
 */
record FirstUse(Map<String, List<String>> details) implements Row {
    private static final String TOPIC = "first-use";
    private static final int RECORD_BYTES = 1_024;
    private static final int RECORDS = 100_000;

    @Override
    public String id() {
        return "first-use";
    }

    @Override
    public String title() {
        return "each once, unmeasured";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, TOPIC, 1, 1);
        // Now that it answers the process is a JVM, and not the script any more that becomes one.
        details.put(
                contender.name() + ", JVM options",
                Facts.jvmOptions(cluster.broker().pid()));
        details.put(contender.name() + ", settings beside those of all", contender.settings());
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, RECORD_BYTES, Map.of())) {
            load.records(RECORDS);
        }
        BulkRow.consume(cluster.bootstrap(), Map.of(new TopicPartition(TOPIC, 0), 0L), RECORDS);
    }
}

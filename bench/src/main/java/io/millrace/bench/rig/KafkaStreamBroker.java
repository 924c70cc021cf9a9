package io.millrace.bench.rig;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Millrace or Apache Kafka, driven by Kafka's client. */
record KafkaStreamBroker(Contender contender, Contender.Kafka kafka) implements StreamBroker {
    @Override
    public String id() {
        return contender.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String name() {
        return contender.name();
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public String remark() {
        return "kafka-clients 3.9.2, acks=1, a topic with one partition and one replica, batches of up to 128 KiB that wait "
                + "10 ms (0 where latency is measured). What it acknowledges is written to the file and not flushed; that is "
                + "the default.";
    }

    @Override
    public StreamServer start(Path dir) throws Exception {
        Cluster cluster = Cluster.start(contender, kafka, dir, 1);
        try {
            cluster.awaitPorts();
            return new KafkaStreamServer(cluster);
        } catch (Exception e) {
            cluster.close();
            throw e;
        }
    }
}

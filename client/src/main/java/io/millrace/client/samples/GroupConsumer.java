package io.millrace.client.samples;

import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.ConsumerRecords;
import io.millrace.client.Deserializer;
import io.millrace.client.consumer.RebalanceListener;
import io.millrace.protocol.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Reads a topic as a member of a group: start several with one group name and they share the partitions.
 *
 * <pre>
 * bin/sample-consumer.sh --topic lines --group line-readers
 * </pre>
 */
@CommandLine.Command(
        name = "sample-consumer.sh",
        mixinStandardHelpOptions = true,
        description = "Reads a topic as a member of a group and prints keys and values.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sample-consumer.sh --topic lines --group line-readers",
            "  sample-consumer.sh --topic lines --group readers --max-messages 1000 --quiet"
        })
public final class GroupConsumer implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @CommandLine.Option(
            names = "--bootstrap-server",
            defaultValue = "localhost:9092",
            paramLabel = "HOST:PORT",
            description = "a broker, several by commas; ${DEFAULT-VALUE} if not given")
    private String bootstrapServer = "";

    @CommandLine.Option(names = "--topic", required = true, description = "what to read")
    private String topic = "";

    @CommandLine.Option(names = "--group", required = true, description = "with whom to share the work")
    private String group = "";

    @CommandLine.Option(
            names = "--max-messages",
            defaultValue = "9223372036854775807",
            description = "when to stop; never if not given")
    private long maxMessages;

    @CommandLine.Option(names = "--quiet", description = "print figures only, no records")
    private boolean quiet;

    private volatile boolean stopping;

    /** Runs it; ends with 0 after as many records as were asked for, or when the process is told to stop. */
    public static void main(String[] args) {
        SampleMain.run(new GroupConsumer(), args);
    }

    @Override
    public Integer call() {
        ConsumerConfig config =
                ConsumerConfig.of(bootstrapServer).with("group.id", group).with("auto.offset.reset", "earliest");
        LineTally tally = new LineTally();
        long startNs = System.nanoTime();
        try (Consumer<String, byte[]> consumer = new Consumer<>(config, Deserializer.string(), Deserializer.bytes())) {
            // The loop below ends, commits and leaves the group before the process goes.
            SampleMain.stopInOrder(() -> {
                stopping = true;
                consumer.wakeup();
            });
            consumer.subscribe(List.of(topic), printer());
            while (!stopping && tally.lines() < maxMessages) {
                ConsumerRecords<String, byte[]> records = consumer.poll(PATIENCE);
                for (ConsumerRecord<String, byte[]> record : records) {
                    take(record, tally);
                }
            }
        }
        System.err.println(Figures.of("Read", tally, System.nanoTime() - startNs));
        return 0;
    }

    private void take(ConsumerRecord<String, byte[]> record, LineTally tally) {
        byte[] value = valueOf(record);
        String key = keyOf(record);
        tally.add(key, value);
        tally.countIn(record.partition());
        if (!quiet) {
            System.out.println(record.partition() + "@" + record.offset() + "\t" + key + "\t"
                    + new String(value, StandardCharsets.UTF_8));
        }
    }

    static byte[] valueOf(ConsumerRecord<String, byte[]> record) {
        byte @Nullable [] value = record.value();
        return value == null ? new byte[0] : value;
    }

    static String keyOf(ConsumerRecord<String, byte[]> record) {
        String key = record.key();
        return key == null ? "" : key;
    }

    private static RebalanceListener printer() {
        return new RebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                System.err.println("Reading " + partitions);
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                System.err.println("Giving up " + partitions);
            }
        };
    }
}

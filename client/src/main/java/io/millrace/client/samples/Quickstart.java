package io.millrace.client.samples;

import io.millrace.client.Admin;
import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.Deserializer;
import io.millrace.client.admin.NewTopic;
import io.millrace.client.consumer.RebalanceListener;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.RecordHeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/**
 * The main job on real input: sends the lines of files through a topic with {@link FileProducer}, reads them back in a
 * group, and checks that every line came back once and in the order of its file. It may be run again on the same topic,
 * also while others use it: the records of a run carry its name in a header.
 */
@CommandLine.Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        description = "Sends files through a topic, reads them back, checks every line and prints the figures.")
public final class Quickstart implements Callable<Integer> {
    private static final String RUN_HEADER = "run";
    private static final int MISMATCHES_SHOWN = 10;

    @CommandLine.Option(
            names = "--bootstrap-server",
            defaultValue = "localhost:9092",
            paramLabel = "HOST:PORT",
            description = "a broker, several by commas; ${DEFAULT-VALUE} if not given")
    private String bootstrapServer = "";

    @CommandLine.Option(
            names = "--topic",
            defaultValue = "quickstart",
            description = "created with 3 partitions if it is not there; ${DEFAULT-VALUE} if not given")
    private String topic = "";

    @CommandLine.Option(names = "--partitions", defaultValue = "3", description = "of a topic to be created")
    private int partitions;

    @CommandLine.Option(
            names = "--timeout-seconds",
            defaultValue = "60",
            description = "how long reading may take; ${DEFAULT-VALUE} if not given")
    private long timeoutSeconds;

    @CommandLine.Option(
            names = "--producer-property",
            paramLabel = "KEY=VALUE",
            description = "a setting of the producer, for instance compression.type=zstd")
    private List<String> properties = List.of();

    @CommandLine.Parameters(
            paramLabel = "FILE_OR_DIR",
            arity = "0..*",
            description = "what to send; the text files of the working directory if not given")
    private List<Path> roots = List.of();

    /** Runs it; the exit code is 0 if every line came back once and in order, 1 if not, 2 if the arguments are wrong. */
    public static void main(String[] args) {
        SampleMain.run(new Quickstart(), args);
    }

    @Override
    public Integer call() throws IOException {
        List<Path> files = roots.isEmpty() ? List.of(Path.of(".")) : roots;
        byte[] run = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);
        createTopic();
        try (Consumer<String, byte[]> consumer = new Consumer<>(
                ConsumerConfig.of(bootstrapServer)
                        .with("group.id", "quickstart-" + new String(run, StandardCharsets.UTF_8))
                        .with("auto.offset.reset", "earliest")
                        .with("enable.auto.commit", false),
                Deserializer.string(),
                Deserializer.bytes())) {
            Map<TopicPartition, Long> before = consumer.endOffsets(allPartitions(consumer));
            long sendStartNs = System.nanoTime();
            LineTally sent = FileProducer.send(
                    FileProducer.config(bootstrapServer, properties),
                    topic,
                    files,
                    0,
                    new RecordHeader(RUN_HEADER, run));
            System.out.println(Figures.of("Sent", sent, System.nanoTime() - sendStartNs));

            long readStartNs = System.nanoTime();
            LineTally read = read(consumer, before, run, sent.lines());
            System.out.println(Figures.of("Read", read, System.nanoTime() - readStartNs));
            return verdict(sent, read);
        }
    }

    private void createTopic() {
        try (Admin admin = Admin.of(bootstrapServer)) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, -1))).join();
            System.out.println("Created topic " + topic + " with " + partitions + " partitions");
        } catch (CompletionException e) {
            ClientException failure = ClientException.of(e);
            if (failure.error() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw failure.rethrown();
            }
            System.out.println("Using topic " + topic);
        }
    }

    private List<TopicPartition> allPartitions(Consumer<?, ?> consumer) {
        List<TopicPartition> all = new ArrayList<>();
        for (int i = 0; i < consumer.partitionCount(topic); i++) {
            all.add(new TopicPartition(topic, i));
        }
        return all;
    }

    /** Reads as a group of one from where the topic ended before, until everything is back that was sent. */
    private LineTally read(
            Consumer<String, byte[]> consumer, Map<TopicPartition, Long> from, byte[] run, long expectedLines) {
        LineTally read = new LineTally();
        consumer.subscribe(List.of(topic), new RebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
                assigned.forEach(partition -> consumer.seek(partition, from.getOrDefault(partition, 0L)));
            }
        });
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        Map<TopicPartition, Long> ends = consumer.endOffsets(from.keySet());
        // To the end and not only to the expected count, so that a line too many is seen as well.
        while (System.nanoTime() - deadlineNs < 0 && (read.lines() < expectedLines || !atEnd(consumer, ends))) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                if (isOf(record, run)) {
                    read.add(GroupConsumer.keyOf(record), GroupConsumer.valueOf(record));
                    read.countIn(record.partition());
                }
            }
        }
        consumer.commitSync();
        return read;
    }

    private static boolean atEnd(Consumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            TopicPartition partition = end.getKey();
            if (!consumer.assignment().contains(partition) || consumer.position(partition) < end.getValue()) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOf(ConsumerRecord<String, byte[]> record, byte[] run) {
        for (RecordHeader header : record.headers()) {
            if (header.key().equals(RUN_HEADER) && Arrays.equals(header.value(), run)) {
                return true;
            }
        }
        return false;
    }

    private static int verdict(LineTally sent, LineTally read) {
        Map<String, String> differences = sent.differences(read);
        if (differences.isEmpty() && sent.linesByPartition().equals(read.linesByPartition())) {
            System.out.printf("OK    every one of %,d lines came back once, in the order of its file%n", sent.lines());
            return 0;
        }
        System.out.printf("WRONG %d files differ%n", differences.size());
        differences.entrySet().stream()
                .limit(MISMATCHES_SHOWN)
                .forEach(entry -> System.out.println("  " + entry.getKey() + ": " + entry.getValue()));
        return 1;
    }
}

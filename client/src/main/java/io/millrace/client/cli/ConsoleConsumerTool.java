package io.millrace.client.cli;

import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.Deserializer;
import io.millrace.client.consumer.RebalanceListener;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code console-consumer.sh}: prints records, as Kafka's {@code ConsoleConsumer} does. Without a group it reads all
 * partitions of the topic itself and joins none, so that nobody waits for a rebalance.
 */
@Command(
        description = "Prints the records of topics.",
        footerHeading = "%nProperties of the printer (--property), with their defaults:%n",
        footer = {
            "  print.timestamp=false  print.partition=false  print.offset=false  print.headers=false  print.key=false",
            "  print.value=true  key.separator=TAB  line.separator=LF  headers.separator=,  null.literal=null",
            "  key.deserializer  value.deserializer  header.deserializer: names of Kafka's classes",
            "",
            "Examples:",
            "  console-consumer.sh --bootstrap-server localhost:9092 --topic clicks --from-beginning",
            "  console-consumer.sh --bootstrap-server localhost:9092 --topic clicks --partition 0 --offset 42 --max-messages 1",
            "  console-consumer.sh --bootstrap-server localhost:9092 --topic clicks --group billing --property print.key=true",
            "  console-consumer.sh --bootstrap-server localhost:9092 --topic clicks --from-beginning --timeout-ms 1000 --json"
        })
final class ConsoleConsumerTool extends ClusterTool {
    private static final Duration POLL = Duration.ofMillis(500);
    /** New partitions are read from within so many polls. */
    private static final int POLLS_BETWEEN_LOOKS = 10;

    @Option(names = "--topic", paramLabel = "TOPIC", description = "The topic to read.")
    private @Nullable String topic;

    @Option(names = "--include", paramLabel = "REGEX", description = "Read all topics whose name matches.")
    private @Nullable String include;

    @Option(names = "--whitelist", paramLabel = "REGEX", description = "The old name of --include, which counts.")
    private @Nullable String whitelist;

    @Option(
            names = "--partition",
            paramLabel = "NUMBER",
            description = "Read only this partition, from the end unless --offset says otherwise.")
    private @Nullable Integer partition;

    @Option(names = "--offset", paramLabel = "OFFSET", description = "Where to begin: a number, earliest or latest.")
    private @Nullable String offset;

    @Option(
            names = "--from-beginning",
            description = "Begin with the oldest record, where the group has not been before.")
    private boolean fromBeginning;

    @Option(names = "--max-messages", paramLabel = "COUNT", description = "Stop after so many; never if -1.")
    private long maxMessages = -1;

    @Option(
            names = "--timeout-ms",
            paramLabel = "MS",
            description = "Stop when there is none for so long; never if -1.")
    private @Nullable Long timeoutMs;

    @Option(names = "--group", paramLabel = "GROUP", description = "Read as a member of this group.")
    private @Nullable String group;

    @Option(names = "--property", paramLabel = "KEY=VALUE", description = "How to print a record; see below.")
    private List<String> printerProperties = new ArrayList<>();

    @Option(names = "--formatter-config", paramLabel = "FILE", description = "The same as a properties file.")
    private @Nullable Path formatterConfig;

    @Option(
            names = "--formatter",
            paramLabel = "CLASS",
            description = "Kafka's DefaultMessageFormatter, NoOpMessageFormatter, or, for __consumer_offsets, "
                    + "OffsetsMessageFormatter or GroupMetadataMessageFormatter.")
    private @Nullable String formatter;

    @Option(
            names = "--key-deserializer",
            paramLabel = "CLASS",
            description = "What keys are: the name of Kafka's class.")
    private @Nullable String keyDeserializer;

    @Option(names = "--value-deserializer", paramLabel = "CLASS", description = "What values are.")
    private @Nullable String valueDeserializer;

    @Option(names = "--consumer-property", paramLabel = "KEY=VALUE", description = "A setting of the consumer.")
    private List<String> consumerProperties = new ArrayList<>();

    @Option(names = "--consumer.config", paramLabel = "FILE", description = "Settings of the consumer, as properties.")
    private @Nullable Path consumerConfig;

    @Option(
            names = "--isolation-level",
            paramLabel = "LEVEL",
            description = "read_committed leaves out what transactions have not committed.")
    private String isolationLevel = "read_uncommitted";

    @Option(names = "--skip-message-on-error", description = "Leave out a record that cannot be printed, and go on.")
    private boolean skipOnError;

    @Option(names = "--enable-systest-events", description = "Accepted for Kafka's sake.")
    private boolean systestEvents;

    private final Map<TopicPartition, Long> printedTo = new HashMap<>();
    private volatile boolean stopping;
    private long printed;

    @Override
    public Integer call() {
        checkOptions();
        Properties printing = properties(formatterConfig);
        put(printing, printerProperties);
        if (keyDeserializer != null) {
            printing.setProperty("key.deserializer", keyDeserializer);
        }
        if (valueDeserializer != null) {
            printing.setProperty("value.deserializer", valueDeserializer);
        }
        RecordFormat format = format(printing);
        ConsumerConfig config = ConsumerConfig.from(settings());
        try (Consumer<byte[], byte[]> consumer = new Consumer<>(config, Deserializer.bytes(), Deserializer.bytes())) {
            Thread main = Thread.currentThread();
            Thread onExit = new Thread(() -> stop(consumer, main), "console-consumer-stop");
            Runtime.getRuntime().addShutdownHook(onExit);
            try {
                begin(consumer);
                noteWhatIsNotThere(consumer);
                consume(consumer, format);
                // What was fetched and not printed belongs to whoever reads next.
                printedTo.forEach((from, next) -> {
                    if (consumer.assignment().contains(from)) {
                        consumer.seek(from, next);
                    }
                });
            } finally {
                removeHook(onExit);
            }
        } finally {
            screen().note("Processed a total of " + printed + " messages");
        }
        return 0;
    }

    private void stop(Consumer<?, ?> consumer, Thread main) {
        stopping = true;
        consumer.wakeup();
        try {
            main.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It is what ended the loop.
        }
    }

    private void checkOptions() {
        include = include == null ? whitelist : include;
        if ((topic == null) == (include == null)) {
            throw wrong("Exactly one of --include/--topic is required.");
        }
        if (partition != null && topic == null) {
            throw wrong("The topic is required when partition is specified.");
        }
        if (partition == null && offset != null) {
            throw wrong("The partition is required when offset is specified.");
        }
        if (fromBeginning && offset != null) {
            throw wrong("Options from-beginning and offset cannot be specified together.");
        }
        if (partition != null && group != null) {
            throw wrong("Options group and partition cannot be specified together.");
        }
        if (offset != null && !offset.matches("earliest|latest|[0-9]{1,18}")) {
            throw wrong("The provided offset value '" + offset
                    + "' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.");
        }
    }

    /** What shows records, or null if they are not to be shown. */
    private @Nullable RecordFormat format(Properties printing) {
        String name = formatter == null ? "DefaultMessageFormatter" : formatter.replaceFirst(".*\\.", "");
        return switch (name) {
            case "DefaultMessageFormatter", "LoggingMessageFormatter" -> new RecordPrinter(printing);
            case "NoOpMessageFormatter" -> null;
            case "OffsetsMessageFormatter" -> GroupRecordFormat.OFFSETS;
            case "GroupMetadataManager$OffsetsMessageFormatter" -> GroupRecordFormat.OLD_OFFSETS;
            case "GroupMetadataMessageFormatter" -> GroupRecordFormat.GROUPS;
            default ->
                throw new ToolFailure("The formatter " + formatter + " cannot be loaded; known are the classes"
                        + " DefaultMessageFormatter, NoOpMessageFormatter, OffsetsMessageFormatter and"
                        + " GroupMetadataMessageFormatter in org.apache.kafka.tools.consumer");
        };
    }

    private Properties settings() {
        Properties settings = clientSettings(consumerConfig);
        settings.setProperty("client.id", "console-consumer");
        put(settings, consumerProperties);
        if (group != null) {
            String other = settings.getProperty("group.id", group);
            if (!other.equals(group)) {
                throw wrong("The group ids provided in different places (directly using '--group', via "
                        + "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: '"
                        + group
                        + "', '" + other + "'");
            }
            settings.setProperty("group.id", group);
        }
        if (include != null && settings.getProperty("group.id") == null) {
            // A pattern needs a group; nobody else is in it, and nothing of it is to remain.
            settings.setProperty(
                    "group.id",
                    "console-consumer-" + ThreadLocalRandom.current().nextInt(100_000));
            settings.setProperty("enable.auto.commit", "false");
        }
        if (fromBeginning) {
            settings.setProperty("auto.offset.reset", "earliest");
        }
        settings.putIfAbsent("auto.offset.reset", "latest");
        settings.setProperty("isolation.level", isolationLevel);
        if (partition != null && settings.getProperty("group.id") != null) {
            throw wrong("Options group and partition cannot be specified together.");
        }
        group = settings.getProperty("group.id");
        return settings;
    }

    private void begin(Consumer<byte[], byte[]> consumer) {
        if (include != null) {
            consumer.subscribe(TopicFilter.of(include).names(), RebalanceListener.NONE);
        } else if (partition != null) {
            TopicPartition only = new TopicPartition(Objects.requireNonNull(topic), partition);
            consumer.assign(List.of(only));
            if (fromBeginning || "earliest".equals(offset)) {
                consumer.seekToBeginning(List.of(only));
            } else if (offset == null || offset.equals("latest")) {
                consumer.seekToEnd(List.of(only));
            } else {
                consumer.seek(only, Long.parseLong(offset));
            }
        } else if (group != null) {
            consumer.subscribe(List.of(Objects.requireNonNull(topic)));
        }
    }

    /** What is read may come up later, but more often its name was mistyped. */
    private void noteWhatIsNotThere(Consumer<byte[], byte[]> consumer) {
        if (topic != null) {
            int count = consumer.partitionCount(topic);
            if (count == 0) {
                screen().note("There is no topic " + topic + " yet; waiting for it");
            } else if (partition != null && partition >= count) {
                screen().note("Topic " + topic + " has the partitions 0 to " + (count - 1) + " and no " + partition
                        + " yet; waiting for it");
            }
        }
    }

    /** Without a group all partitions are read, also those that come up later. */
    private void assignAll(Consumer<byte[], byte[]> consumer, String topic) {
        int count = consumer.partitionCount(topic);
        if (count > consumer.assignment().size()) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(new TopicPartition(topic, i));
            }
            consumer.assign(all);
        }
    }

    private void consume(Consumer<byte[], byte[]> consumer, @Nullable RecordFormat format) {
        boolean alone = topic != null && partition == null && group == null;
        long lastNs = System.nanoTime();
        for (long polls = 0; printed != maxMessages && !stopping; polls++) {
            if (alone
                    && (polls % POLLS_BETWEEN_LOOKS == 0
                            || consumer.assignment().isEmpty())) {
                assignAll(consumer, Objects.requireNonNull(topic));
            }
            long leftMs = timeoutMs == null || timeoutMs < 0
                    ? Long.MAX_VALUE
                    : timeoutMs - Duration.ofNanos(System.nanoTime() - lastNs).toMillis();
            if (leftMs <= 0) {
                return;
            }
            for (ConsumerRecord<byte[], byte[]> record :
                    consumer.poll(leftMs < POLL.toMillis() ? Duration.ofMillis(leftMs) : POLL)) {
                if (printed == maxMessages) {
                    break;
                }
                print(record, format);
                lastNs = System.nanoTime();
            }
            screen().out().flush();
            if (screen().out().checkError()) {
                screen().note("Unable to write to standard out, closing consumer.");
                return;
            }
        }
    }

    private void print(ConsumerRecord<byte[], byte[]> record, @Nullable RecordFormat format) {
        printed++;
        printedTo.put(record.topicPartition(), record.offset() + 1);
        try {
            if (format != null && asJson()) {
                Object document = format.document(record);
                if (document != null) {
                    line(Json.write(document));
                }
            } else if (format != null) {
                format.print(record, screen().out());
            }
        } catch (ToolFailure e) {
            if (!skipOnError) {
                throw e;
            }
            screen().note(record.topicPartition() + "@" + record.offset() + " is left out: " + e.getMessage());
        }
    }
}

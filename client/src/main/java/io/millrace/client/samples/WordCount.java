package io.millrace.client.samples;

import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.ConsumerRecords;
import io.millrace.client.Deserializer;
import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.Serializer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * Counts the words of one topic and writes the counts to another: for each word that occurred, how often it has by now. The
 * counts of a batch of records are acknowledged before the position behind them is committed, so that a crash counts some
 * words twice and none not at all. The counts begin at nothing with every start.
 *
 * <pre>
 * bin/sample-word-count.sh --from lines --to words
 * </pre>
 */
@CommandLine.Command(
        name = "sample-word-count.sh",
        mixinStandardHelpOptions = true,
        description = "Reads lines from one topic and writes the counts of their words to another.",
        footerHeading = "%nExample:%n",
        footer = {"  sample-word-count.sh --from lines --to words"})
public final class WordCount implements Callable<Integer> {
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

    @CommandLine.Option(
            names = "--bootstrap-server",
            defaultValue = "localhost:9092",
            paramLabel = "HOST:PORT",
            description = "a broker, several by commas; ${DEFAULT-VALUE} if not given")
    private String bootstrapServer = "";

    @CommandLine.Option(names = "--from", required = true, paramLabel = "TOPIC", description = "where the lines are")
    private String from = "";

    @CommandLine.Option(names = "--to", required = true, paramLabel = "TOPIC", description = "where the counts go")
    private String to = "";

    @CommandLine.Option(names = "--group", defaultValue = "word-count", description = "${DEFAULT-VALUE} if not given")
    private String group = "";

    @CommandLine.Option(
            names = "--idle-seconds",
            defaultValue = "0",
            description = "end when no line has come for so long; never if not given")
    private int idleSeconds;

    private final Map<String, Long> counts = new HashMap<>();
    private long lines;
    private volatile boolean stopping;

    /** Runs it; ends when no line has come for as long as was said, or when the process is told to stop. */
    public static void main(String[] args) {
        SampleMain.run(new WordCount(), args);
    }

    @Override
    public Integer call() {
        ConsumerConfig config = ConsumerConfig.of(bootstrapServer)
                .with("group.id", group)
                .with("auto.offset.reset", "earliest")
                .with("enable.auto.commit", false);
        Duration patience = idleSeconds > 0 ? Duration.ofSeconds(idleSeconds) : Duration.ofHours(1);
        try (Consumer<String, String> consumer = new Consumer<>(config, Deserializer.string(), Deserializer.string());
                Producer<String, String> producer = new Producer<>(
                        ProducerConfig.of(bootstrapServer).with("linger.ms", 5),
                        Serializer.string(),
                        Serializer.string())) {
            // What was read is counted, acknowledged and committed before the process goes.
            SampleMain.stopInOrder(() -> {
                stopping = true;
                consumer.wakeup();
            });
            consumer.subscribe(List.of(from));
            while (!stopping) {
                ConsumerRecords<String, String> records = consumer.poll(patience);
                if (records.isEmpty()) {
                    if (idleSeconds > 0) {
                        break;
                    }
                    continue;
                }
                Set<String> touched = new TreeSet<>();
                records.forEach(record -> count(record, touched));
                touched.forEach(
                        word -> producer.send(new ProducerRecord<>(to, word, String.valueOf(counts.get(word)))));
                producer.flush();
                consumer.commitSync();
            }
        }
        System.out.printf(Locale.ROOT, "%,d lines, %,d different words%n", lines, counts.size());
        return 0;
    }

    private void count(ConsumerRecord<String, String> record, Set<String> touched) {
        lines++;
        String line = record.value();
        if (line == null) {
            return;
        }
        for (String word : BETWEEN_WORDS.split(line.toLowerCase(Locale.ROOT))) {
            if (!word.isEmpty()) {
                counts.merge(word, 1L, Long::sum);
                touched.add(word);
            }
        }
    }
}

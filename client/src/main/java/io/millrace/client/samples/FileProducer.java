package io.millrace.client.samples;

import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.SendCallback;
import io.millrace.client.Serializer;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.record.RecordHeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Sends the lines of files to a topic, one record a line, keyed by the name of the file, so that the lines of a file stay
 * in order.
 *
 * <pre>
 * bin/sample-producer.sh --topic lines docs/
 * bin/sample-producer.sh --topic lines --generate 1000000
 * </pre>
 */
@CommandLine.Command(
        name = "sample-producer.sh",
        mixinStandardHelpOptions = true,
        description = "Sends the lines of files to a topic, keyed by file name.",
        footerHeading = "%nExamples:%n",
        footer = {"  sample-producer.sh --topic lines docs/", "  sample-producer.sh --topic lines --generate 1000000"})
public final class FileProducer implements Callable<Integer> {
    private static final int GENERATED_KEYS = 100;

    @CommandLine.Option(
            names = "--bootstrap-server",
            defaultValue = "localhost:9092",
            paramLabel = "HOST:PORT",
            description = "a broker, several by commas; ${DEFAULT-VALUE} if not given")
    private String bootstrapServer = "";

    @CommandLine.Option(names = "--topic", required = true, description = "where to send to")
    private String topic = "";

    @CommandLine.Option(
            names = "--producer-property",
            paramLabel = "KEY=VALUE",
            description = "a setting of the producer, for instance compression.type=zstd")
    private List<String> properties = List.of();

    @CommandLine.Option(
            names = "--generate",
            paramLabel = "COUNT",
            description = "send so many made-up lines under a hundred keys, instead of or after files")
    private long generated;

    @CommandLine.Parameters(paramLabel = "FILE_OR_DIR", arity = "0..*", description = "what to send")
    private List<Path> roots = List.of();

    /** Runs it; the exit code is 0 if every line was acknowledged. */
    public static void main(String[] args) {
        SampleMain.run(new FileProducer(), args);
    }

    @Override
    public Integer call() throws IOException {
        ProducerConfig config = config(bootstrapServer, properties);
        long startNs = System.nanoTime();
        if (roots.isEmpty() && generated == 0) {
            throw new IllegalArgumentException("nothing to send; name a file or a directory, or --generate COUNT");
        }
        LineTally sent = send(config, topic, roots, generated, null);
        System.out.println(Figures.of("Sent", sent, System.nanoTime() - startNs));
        return 0;
    }

    static ProducerConfig config(String bootstrapServer, List<String> properties) {
        // A file is there all at once: batches fill anyway, and a little patience makes the last ones larger.
        ProducerConfig config =
                ProducerConfig.of(bootstrapServer).with("linger.ms", 5).with("batch.size", 64 << 10);
        for (String property : properties) {
            int equals = property.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + property + "' is not KEY=VALUE");
            }
            config = config.with(property.substring(0, equals), property.substring(equals + 1));
        }
        return config;
    }

    /**
     * Sends all lines and waits until each is acknowledged.
     *
     * @param generated how many made-up lines follow
     * @param header goes with every record, or null
     * @return what was sent, with the partitions the brokers acknowledged
     * @throws ClientException the first failure
     */
    static LineTally send(
            ProducerConfig config, String topic, List<Path> roots, long generated, @Nullable RecordHeader header)
            throws IOException {
        LineTally tally = new LineTally();
        AtomicReference<@Nullable ClientException> failure = new AtomicReference<>();
        List<RecordHeader> headers = header == null ? List.of() : List.of(header);
        SendCallback count = (metadata, reason) -> {
            if (metadata == null) {
                failure.compareAndSet(null, reason);
            } else {
                tally.countIn(metadata.partition());
            }
        };
        try (Producer<String, byte[]> producer = new Producer<>(config, Serializer.string(), Serializer.bytes())) {
            BiConsumer<String, byte[]> sender = (key, line) -> {
                throwIfAny(failure);
                tally.add(key, line);
                producer.send(new ProducerRecord<>(topic, null, null, key, line, headers), count);
            };
            Path base = Path.of("").toRealPath();
            for (Path file : LineFiles.find(roots)) {
                String key = (file.startsWith(base) ? base.relativize(file) : file).toString();
                LineFiles.read(file, line -> sender.accept(key, line));
            }
            for (long i = 0; i < generated; i++) {
                String line = "line " + i + " of " + generated + " that were made up";
                sender.accept("key-" + i % GENERATED_KEYS, line.getBytes(StandardCharsets.UTF_8));
            }
            producer.flush();
        }
        throwIfAny(failure);
        return tally;
    }

    private static void throwIfAny(AtomicReference<@Nullable ClientException> failure) {
        ClientException first = failure.get();
        if (first != null) {
            throw first.rethrown();
        }
    }
}

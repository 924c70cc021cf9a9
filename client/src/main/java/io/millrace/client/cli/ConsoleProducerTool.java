package io.millrace.client.cli;

import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.Serializer;
import io.millrace.client.net.ClientException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code console-producer.sh}: sends the lines of its input, as Kafka's {@code ConsoleProducer} does. */
@Command(
        description = "Sends each line of the standard input as a record.",
        footerHeading = "%nProperties of the reader (--property), with their defaults:%n",
        footer = {
            "  parse.key=false  parse.headers=false  ignore.error=false  null.marker=",
            "  key.separator=TAB  headers.delimiter=TAB  headers.separator=,  headers.key.separator=:",
            "",
            "Examples:",
            "  console-producer.sh --bootstrap-server localhost:9092 --topic clicks < lines.txt",
            "  console-producer.sh --bootstrap-server localhost:9092 --topic clicks --property parse.key=true \\",
            "      --property key.separator=:",
            "  console-producer.sh --bootstrap-server localhost:9092 --topic clicks --producer-property acks=1",
            "  console-producer.sh --bootstrap-server localhost:9092 --topic clicks --json < lines.txt",
            "      says at the end how many records were sent, and how many failed"
        })
final class ConsoleProducerTool extends ClusterTool {
    @Option(names = "--topic", paramLabel = "TOPIC", description = "Where to send the records.")
    private @Nullable String topic;

    @Option(names = "--broker-list", paramLabel = "HOST:PORT,...", description = "The old name of --bootstrap-server.")
    private @Nullable String brokerList;

    @Option(names = "--property", paramLabel = "KEY=VALUE", description = "How to read a line; see below.")
    private List<String> readerProperties = new ArrayList<>();

    @Option(names = "--reader-config", paramLabel = "FILE", description = "The same as a properties file.")
    private @Nullable Path readerConfig;

    @Option(names = "--producer-property", paramLabel = "KEY=VALUE", description = "A setting of the producer.")
    private List<String> producerProperties = new ArrayList<>();

    @Option(names = "--producer.config", paramLabel = "FILE", description = "Settings of the producer, as properties.")
    private @Nullable Path producerConfig;

    @Option(names = "--sync", description = "Send one record at a time.")
    private boolean sync;

    @Option(
            names = "--compression-codec",
            arity = "0..1",
            fallbackValue = "gzip",
            paramLabel = "CODEC",
            description = "none, gzip, snappy, lz4 or zstd; gzip if none is named.")
    private @Nullable String compressionCodec;

    @Option(names = "--request-required-acks", paramLabel = "ACKS", description = "acks; -1 if absent.")
    private @Nullable String acks;

    @Option(names = "--request-timeout-ms", paramLabel = "MS", description = "request.timeout.ms; 1500 if absent.")
    private @Nullable String requestTimeoutMs;

    @Option(names = "--timeout", paramLabel = "MS", description = "linger.ms; 1000 if absent.")
    private @Nullable String lingerMs;

    @Option(names = "--message-send-max-retries", paramLabel = "COUNT", description = "retries; 3 if absent.")
    private @Nullable String retries;

    @Option(names = "--retry-backoff-ms", paramLabel = "MS", description = "retry.backoff.ms; 100 if absent.")
    private @Nullable String retryBackoffMs;

    @Option(names = "--batch-size", paramLabel = "BYTES", description = "batch.size; 16384 if absent.")
    private @Nullable String batchSize;

    @Option(names = "--max-partition-memory-bytes", paramLabel = "BYTES", description = "The same as --batch-size.")
    private @Nullable String partitionMemory;

    @Option(names = "--max-memory-bytes", paramLabel = "BYTES", description = "buffer.memory; 33554432 if absent.")
    private @Nullable String memory;

    @Option(names = "--max-block-ms", paramLabel = "MS", description = "max.block.ms; 60000 if absent.")
    private @Nullable String maxBlockMs;

    @Option(names = "--metadata-expiry-ms", paramLabel = "MS", description = "metadata.max.age.ms; 300000 if absent.")
    private @Nullable String metadataMs;

    @Option(names = "--socket-buffer-size", paramLabel = "BYTES", description = "send.buffer.bytes; 102400 if absent.")
    private @Nullable String socketBuffer;

    @Option(names = "--line-reader", paramLabel = "CLASS", description = "Only Kafka's LineMessageReader is known.")
    private @Nullable String lineReader;

    private final AtomicLong failed = new AtomicLong();
    private long sent;

    @Override
    @Nullable
    String brokerList() {
        return brokerList;
    }

    @Override
    public Integer call() {
        String target = require(topic, "topic");
        if (lineReader != null && !lineReader.endsWith("LineMessageReader")) {
            throw new ToolFailure(
                    "The line reader " + lineReader + " cannot be loaded; only LineMessageReader is known");
        }
        Properties reading = properties(readerConfig);
        put(reading, readerProperties);
        LineReader reader = new LineReader(target, reading);
        BufferedReader lines = new BufferedReader(new InputStreamReader(screen().in(), StandardCharsets.UTF_8));
        try (Producer<byte[], byte[]> producer =
                new Producer<>(ProducerConfig.from(settings()), Serializer.bytes(), Serializer.bytes())) {
            prompt();
            for (String line = next(lines); line != null; line = next(lines)) {
                send(producer, reader.record(line));
                prompt();
            }
        }
        // What was under way has been answered: closing waits for it.
        print(() -> summary(target), () -> {});
        return failed.get() == 0 ? 0 : 1;
    }

    private Map<String, Object> summary(String target) {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("topic", target);
        summary.put("sent", sent - failed.get());
        summary.put("failed", failed.get());
        return summary;
    }

    private static @Nullable String next(BufferedReader lines) {
        try {
            return lines.readLine();
        } catch (IOException e) {
            throw new ToolFailure("The standard input cannot be read: " + e.getMessage());
        }
    }

    private void prompt() {
        if (screen().prompting()) {
            screen().out().print('>');
            screen().out().flush();
        }
    }

    private void send(Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
        sent++;
        if (sync) {
            try {
                await(producer.send(record));
            } catch (ClientException e) {
                report(record, e);
            }
        } else {
            producer.send(record, (metadata, failure) -> {
                if (failure != null) {
                    report(record, failure);
                }
            });
        }
    }

    private void report(ProducerRecord<byte[], byte[]> record, ClientException failure) {
        failed.incrementAndGet();
        screen().note("Error when sending message to topic " + record.topic() + " with key: " + size(record.key())
                + ", value: " + size(record.value()) + " with error: " + failure.getMessage());
    }

    private static String size(byte @Nullable [] field) {
        return field == null ? "null" : field.length + " bytes";
    }

    private Properties settings() {
        Properties settings = clientSettings(producerConfig);
        if (producerConfig == null) {
            settings.setProperty("client.id", "console-producer");
        }
        put(settings, producerProperties);
        merge(settings, "acks", acks, "-1");
        merge(settings, "request.timeout.ms", requestTimeoutMs, "1500");
        merge(settings, "linger.ms", lingerMs, "1000");
        merge(settings, "retries", retries, "3");
        merge(settings, "retry.backoff.ms", retryBackoffMs, "100");
        merge(settings, "batch.size", partitionMemory != null ? partitionMemory : batchSize, "16384");
        merge(settings, "buffer.memory", memory, "33554432");
        merge(settings, "max.block.ms", maxBlockMs, "60000");
        merge(settings, "metadata.max.age.ms", metadataMs, "300000");
        merge(settings, "send.buffer.bytes", socketBuffer, "102400");
        merge(settings, "compression.type", compressionCodec, "none");
        return settings;
    }

    /** An option that is given wins, then what the settings say, then the default of the option. */
    private static void merge(Properties settings, String key, @Nullable String given, String optionDefault) {
        if (given != null) {
            settings.setProperty(key, given);
        } else {
            settings.putIfAbsent(key, optionDefault);
        }
    }
}

package io.millrace.client.cli;

import io.millrace.client.net.ClientException;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ErrorCode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * What all tools have in common. {@link Tools} makes one, lets picocli fill in its options, and runs it once on the main thread.
 */
abstract class Tool implements Callable<Integer> {
    private static final long PATIENCE_MS = 3_000;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--help", usageHelp = true, description = "Print this text.")
    private boolean help;

    @Option(names = "--version", versionHelp = true, description = "Print the version.")
    private boolean version;

    @Option(names = "--json", description = "Print one JSON document instead of text.")
    private boolean json;

    private @Nullable Screen screen;
    private BrokerLookup brokers = BrokerLookup.NONE;

    final void runOn(Screen screen, BrokerLookup brokers) {
        this.screen = screen;
        this.brokers = brokers;
    }

    final Screen screen() {
        return Objects.requireNonNull(screen);
    }

    final BrokerLookup brokers() {
        return brokers;
    }

    final void line(String text) {
        screen().line(text);
    }

    /** Whether JSON was asked for. */
    final boolean asJson() {
        return json;
    }

    /** Prints the document if JSON was asked for, else leaves it to {@code text}. */
    final void print(Supplier<?> document, Runnable text) {
        if (json) {
            line(Json.write(document.get()));
        } else {
            text.run();
        }
    }

    /** Says what went wrong, where Kafka's tool of this name says it. */
    void reportFailure(String message) {
        screen().note(message);
    }

    /** For options that do not go together; ends with the way to the help. */
    final ParameterException wrong(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    /** Exactly one of the actions must be wanted. */
    final void requireOneAction(List<Boolean> wanted, String message) {
        if (wanted.stream().filter(Boolean::booleanValue).count() != 1) {
            throw wrong(message);
        }
    }

    /** Refuses an option that was given next to another, in Kafka's words. */
    final void refuse(boolean given, String option, String other) {
        if (given) {
            throw wrong("Option \"[" + option + "]\" can't be used with option \"[" + other + "]\"");
        }
    }

    final <T> T require(@Nullable T value, String option) {
        if (value == null) {
            throw wrong("Missing required argument \"[" + option + "]\"");
        }
        return value;
    }

    /** What the cluster answers; after some seconds without an answer says what is waited for. */
    final <T> T await(CompletableFuture<T> asked) {
        try {
            return asked.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            screen().note("Still waiting for " + waitingFor());
        } catch (ExecutionException e) {
            throw ClientException.of(e).rethrown();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try {
            return asked.get();
        } catch (ExecutionException e) {
            ClientException failure = ClientException.of(e).rethrown();
            throw failure.error() == ErrorCode.REQUEST_TIMED_OUT
                    ? new ToolFailure("There was no answer from " + waitingFor())
                    : failure;
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static ToolFailure interrupted() {
        Thread.currentThread().interrupt();
        return new ToolFailure("Interrupted while waiting for an answer");
    }

    /** The reason why something was refused: the broker's own words, or else ours with the code. */
    static String reason(ClientException failure) {
        String said = failure.brokerMessage();
        return said == null ? String.valueOf(failure.getMessage()) : said;
    }

    /** What succeeded and what failed, as a document. */
    static Map<String, Object> outcome(Outcomes<?, ?> outcomes) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("done", outcomes.succeeded().stream().map(String::valueOf).toList());
        Map<String, String> failed = new LinkedHashMap<>();
        outcomes.failures().forEach((key, why) -> failed.put(String.valueOf(key), reason(why)));
        document.put("failed", failed);
        return document;
    }

    /** Who is to answer, and what to look at when nobody does. */
    String waitingFor() {
        return "the cluster";
    }

    static Properties properties(@Nullable Path file) {
        Properties properties = new Properties();
        if (file != null) {
            try (var reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                properties.load(reader);
            } catch (IOException e) {
                throw unreadable(file, e);
            } catch (IllegalArgumentException e) {
                throw new ToolFailure("The file " + file + " is no properties file: " + e.getMessage());
            }
        }
        return properties;
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static ToolFailure unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new ToolFailure("There is no file " + file);
        }
        if (e instanceof AccessDeniedException) {
            return new ToolFailure("The file " + file + " may not be read by this user; allow it, or name another");
        }
        if (e instanceof CharacterCodingException) {
            return new ToolFailure("The file " + file + " is not text in UTF-8; convert it, or name another");
        }
        return new ToolFailure("The file " + file + " cannot be read: " + e.getMessage());
    }

    /** {@code key=value} as an option gives it; a key alone stands for the empty value. */
    static void put(Properties properties, List<String> assignments) {
        for (String assignment : assignments) {
            int equals = assignment.indexOf('=');
            if (equals == 0) {
                throw new ToolFailure("'" + assignment + "' is not KEY=VALUE");
            }
            properties.setProperty(
                    equals < 0 ? assignment : assignment.substring(0, equals),
                    equals < 0 ? "" : assignment.substring(equals + 1));
        }
    }
}

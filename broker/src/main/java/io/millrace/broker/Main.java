package io.millrace.broker;

import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.config.ConfigException;
import io.millrace.broker.config.ConfigSource;
import io.millrace.broker.config.ListenerConfig;
import io.millrace.client.net.Unexpected;
import java.io.IOException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process of a broker: reads the command line and the configuration, starts the broker, prints one line when it is ready
 * or one line that says why it cannot start, and stops it when the process is told to end (SIGTERM, SIGINT).
 *
 * <p>System properties, all set by the start script: {@code millrace.home} is where relative paths of the configuration file
 * start (the current directory if absent), {@code millrace.run.dir} where the {@link RunNote} is written (none if absent),
 * {@code millrace.started.us} the microsecond since 1970 at which the script began.
 */
public final class Main {
    private static final int FAILED = 1;

    /** Leaders are handed over and what was appended is written to the disk by then, unless one hangs. */
    private static final Duration PATIENCE_AT_A_FATAL_END = Duration.ofSeconds(60);

    private static final String LOGGING_PROPERTY = "logback.configurationFile";

    private Main() {}

    public static void main(String[] args) {
        long startedMs = startedMs();
        CommandLine commandLine = CommandLine.parse(args);
        if (commandLine instanceof CommandLine.Start start) {
            configureLogging();
            start(start, startedMs);
        } else if (commandLine instanceof CommandLine.Help) {
            System.out.print(CommandLine.USAGE);
        } else if (commandLine instanceof CommandLine.Version) {
            System.out.println("millrace " + version());
        } else if (commandLine instanceof CommandLine.Wrong wrong) {
            System.err.println(wrong.reason());
            System.err.print(CommandLine.USAGE);
            System.exit(FAILED);
        }
    }

    private static void start(CommandLine.Start start, long startedMs) {
        Logger log = LoggerFactory.getLogger(Main.class);
        FatalEnd end = new FatalEnd(log, FAILED, PATIENCE_AT_A_FATAL_END);
        UncaughtExceptionHandler onThreadEnd = (thread, e) -> onThreadEnd(log, end, thread, e);
        Thread.setDefaultUncaughtExceptionHandler(onThreadEnd);
        try {
            Path home = Path.of(System.getProperty("millrace.home", "")).toAbsolutePath();
            BrokerConfig config = BrokerConfig.parse(ConfigSource.read(start.config(), home, start.overrides()));
            config.warnings().forEach(log::warn);
            Broker broker = new Broker(config, end::begin);
            broker.start();
            // A ZooKeeper in this process has put its own there, which only writes a line.
            Thread.setDefaultUncaughtExceptionHandler(onThreadEnd);
            RunNote note = RunNote.write(System.getProperty("millrace.run.dir"), start.config());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker, note), "shutdown"));
            System.out.println(readyLine(broker, config, System.currentTimeMillis() - startedMs));
        } catch (ConfigException e) {
            fail(e.getMessage());
        } catch (IOException e) {
            log.debug("Start failed", e);
            fail(e.getMessage());
        } catch (Exception | Error e) {
            log.error("Start failed", e);
            fail(Unexpected.sentence(e));
        }
    }

    private static void onThreadEnd(Logger log, FatalEnd end, Thread thread, Throwable e) {
        log.error("The thread {} ended by an error nobody expected", thread.getName(), e);
        if (e instanceof Error) {
            // What it was in the middle of is half done, and others may wait for the rest for ever.
            end.begin(e);
        }
    }

    private static void stop(Broker broker, RunNote note) {
        long startNs = System.nanoTime();
        broker.close();
        note.delete();
        System.out.println(
                "Broker " + broker.id() + " stopped in " + (System.nanoTime() - startNs) / 1_000_000 + " ms");
    }

    private static void fail(String reason) {
        System.err.println("Cannot start: " + reason);
        System.exit(FAILED);
    }

    private static String readyLine(Broker broker, BrokerConfig config, long tookMs) {
        List<ListenerConfig> listeners = config.net().listeners();
        return "Broker " + broker.id() + " ready: cluster " + broker.clusterId()
                + ", listeners "
                + listeners.stream()
                        .map(listener ->
                                new ListenerConfig(listener.name(), listener.host(), broker.port(listener.name())))
                        .map(ListenerConfig::toString)
                        .collect(Collectors.joining(","))
                + ", log dirs "
                + config.storage().logDirs().stream().map(Path::toString).collect(Collectors.joining(","))
                + ", in " + tookMs + " ms";
    }

    /** Logs to the standard output unless somebody has said otherwise. */
    private static void configureLogging() {
        if (System.getProperty(LOGGING_PROPERTY) == null) {
            DefaultLogging.apply();
        }
    }

    private static long startedMs() {
        Long scriptStartedUs = Long.getLong("millrace.started.us");
        return scriptStartedUs == null ? System.currentTimeMillis() : scriptStartedUs / 1000;
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }
}

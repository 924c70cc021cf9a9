package io.millrace.client.samples;

import java.util.concurrent.Callable;
import picocli.CommandLine;

/** What all samples do when they are run: keep the log quiet, parse, run, say in one line what failed. */
final class SampleMain {
    private static final String LOGGING_PROPERTY = "logback.configurationFile";

    private static final long FAREWELL_MS = 10_000;

    private SampleMain() {}

    /**
     * When the process is told to stop, lets the thread that calls this come to its end before the process does.
     *
     * @param stop makes it come to its end soon; called on another thread
     */
    static void stopInOrder(Runnable stop) {
        Thread main = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (main.isAlive()) {
                                stop.run();
                                joinQuietly(main);
                            }
                        },
                        "sample-stop"));
    }

    private static void joinQuietly(Thread thread) {
        try {
            thread.join(FAREWELL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void run(Callable<Integer> sample, String[] args) {
        // Before anything has made a logger.
        if (System.getProperty(LOGGING_PROPERTY) == null) {
            System.setProperty(LOGGING_PROPERTY, "io/millrace/client/samples/logback.xml");
        }
        CommandLine commandLine = new CommandLine(sample);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            System.err.println(command.getCommandName() + " failed: " + failure.getMessage());
            return 1;
        });
        System.exit(commandLine.execute(args));
    }
}

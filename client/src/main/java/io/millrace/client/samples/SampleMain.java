package io.millrace.client.samples;

import java.util.concurrent.Callable;
import picocli.CommandLine;

/** What all samples do when they are run: keep the log quiet, parse, run, say in one line what failed. */
final class SampleMain {
    private static final String LOGGING_PROPERTY = "logback.configurationFile";

    private SampleMain() {}

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

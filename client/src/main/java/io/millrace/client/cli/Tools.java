package io.millrace.client.cli;

import io.millrace.client.net.ClientException;
import io.millrace.client.net.Unexpected;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * The program behind the scripts: {@code Tools TOOL [OPTION]...}. Exit codes: 0 done, 1 not done (the reason is printed), 130 interrupted.
 */
public final class Tools {
    /** What there is, in the order of the help. */
    static final List<String> NAMES = List.of(
            "topics",
            "configs",
            "console-producer",
            "console-consumer",
            "consumer-groups",
            "get-offsets",
            "delete-records",
            "log-dirs",
            "broker-api-versions",
            "leader-election",
            "reassign-partitions",
            "producer-perf",
            "consumer-perf",
            "end-to-end-latency");

    private static final int FAILED = 1;
    private static final int HELP_COLUMNS = 120;
    private static final int OPTION_COLUMNS = 40;

    private Tools() {}

    /** Runs a tool without ZooKeeper; see {@link #run}. */
    public static void main(String[] args) {
        System.exit(run(Screen.ofProcess(), BrokerLookup.NONE, args));
    }

    /** A new tool of that name, or null if there is none. */
    static @Nullable Tool tool(String name) {
        return switch (name) {
            case "topics" -> new TopicsTool();
            case "configs" -> new ConfigsTool();
            case "console-producer" -> new ConsoleProducerTool();
            case "console-consumer" -> new ConsoleConsumerTool();
            case "consumer-groups" -> new ConsumerGroupsTool();
            case "get-offsets" -> new GetOffsetsTool();
            case "delete-records" -> new DeleteRecordsTool();
            case "log-dirs" -> new LogDirsTool();
            case "broker-api-versions" -> new BrokerApiVersionsTool();
            case "leader-election" -> new LeaderElectionTool();
            case "reassign-partitions" -> new ReassignPartitionsTool();
            case "producer-perf" -> new ProducerPerfTool();
            case "consumer-perf" -> new ConsumerPerfTool();
            case "end-to-end-latency" -> new EndToEndLatencyTool();
            default -> null;
        };
    }

    /**
     * Runs a tool to its end.
     *
     * @param args its name, then its options
     * @return the exit code
     */
    public static int run(Screen screen, BrokerLookup brokers, String... args) {
        if (args.length == 1 && args[0].equals("completion")) {
            screen.out().print(completion());
            screen.out().flush();
            return 0;
        }
        Tool tool = args.length == 0 ? null : tool(args[0]);
        if (tool == null) {
            screen.note("There is " + (args.length == 0 ? "no tool named" : "no tool " + args[0]) + "; the tools are "
                    + String.join(", ", NAMES));
            return FAILED;
        }
        tool.runOn(screen, brokers);
        Failures failures = new Failures(screen, tool, args[0]);
        CommandLine commandLine = commandLine(tool, args[0])
                .setOut(new PrintWriter(screen.out(), false, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(screen.err(), true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures);
        int code = commandLine.execute(Arrays.copyOfRange(args, 1, args.length));
        commandLine.getOut().flush();
        screen.out().flush();
        return code;
    }

    /** What picocli knows of a tool. */
    static CommandLine commandLine(Tool tool, String name) {
        CommandLine commandLine = new CommandLine(tool)
                .setCommandName(name + ".sh")
                .setAbbreviatedOptionsAllowed(true)
                .setExpandAtFiles(false)
                .setUsageHelpWidth(HELP_COLUMNS)
                .setUsageHelpLongOptionsMaxWidth(OPTION_COLUMNS);
        commandLine.getCommandSpec().usageMessage().abbreviateSynopsis(true);
        commandLine.getCommandSpec().versionProvider(new Version());
        return commandLine;
    }

    /**
     * Says what went wrong, without a stack. Not a lambda, and neither is {@link Version}: with one for an interface as old as
     * picocli's, the archive of classes leaves out that interface, and its jar has to be opened.
     */
    private record Failures(Screen screen, Tool tool, String name)
            implements CommandLine.IParameterExceptionHandler, CommandLine.IExecutionExceptionHandler {
        @Override
        public int handleParseException(CommandLine.ParameterException e, String[] given) {
            screen.note(problem(e) + suggestion(e));
            screen.note("bin/" + name + ".sh --help shows the options, with examples");
            return FAILED;
        }

        @Override
        public int handleExecutionException(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
            if (tool.asJson()) {
                screen.note(sentence(e)); // the output is read by a program
            } else {
                tool.reportFailure(sentence(e));
            }
            return FAILED;
        }
    }

    private static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {version()};
        }
    }

    /** What {@code bin/completion.sh} is made of: which options each script has. */
    static String completion() {
        StringBuilder text = new StringBuilder("""
                #!/usr/bin/env bash
                # Sourced by bash or zsh, completes the options of the tools. Made by: bin/run-tool.sh completion >scripts/completion.sh
                (return 0 2>/dev/null) || { echo "To complete options in this shell, source this: . ${BASH_SOURCE[0]}" >&2; exit 1; }
                if [[ -n ${ZSH_VERSION:-} ]]; then autoload -U +X bashcompinit && bashcompinit; fi
                """);
        for (String name : NAMES) {
            String options = commandLine(Objects.requireNonNull(tool(name)), name).getCommandSpec().options().stream()
                    .flatMap(option -> Arrays.stream(option.names()))
                    .sorted()
                    .collect(Collectors.joining(" "));
            text.append("complete -o default -W '")
                    .append(options)
                    .append("' ")
                    .append(name)
                    .append(".sh\n");
        }
        return text.toString();
    }

    /** What is wrong, without the words behind an option that there is not: they are its value, and no options. */
    private static String problem(CommandLine.ParameterException e) {
        List<String> options = e instanceof CommandLine.UnmatchedArgumentException unmatched
                ? unmatched.getUnmatched().stream()
                        .filter(word -> word.startsWith("-"))
                        .map(word -> "'" + word + "'")
                        .toList()
                : List.of();
        return options.isEmpty()
                ? String.valueOf(e.getMessage())
                : "Unknown option" + (options.size() == 1 ? ": " : "s: ") + String.join(", ", options);
    }

    /** What may have been meant by an option that there is not. */
    private static String suggestion(CommandLine.ParameterException e) {
        List<String> known = e instanceof CommandLine.UnmatchedArgumentException unmatched
                ? unmatched.getSuggestions().stream()
                        .filter(name -> name.startsWith("--"))
                        .toList()
                : List.of();
        return known.isEmpty() ? "" : "; did you mean " + String.join(" or ", known) + "?";
    }

    private static String version() {
        String version = Tools.class.getPackage().getImplementationVersion();
        return "Millrace " + (version == null ? "development" : version);
    }

    private static String sentence(Exception e) {
        if (e instanceof CommandLine.ParameterException
                || e instanceof ToolFailure
                || e instanceof IllegalArgumentException) {
            return String.valueOf(e.getMessage());
        }
        if (e instanceof ClientException failure) {
            return Tool.reason(failure);
        }
        return Unexpected.sentence(e);
    }
}

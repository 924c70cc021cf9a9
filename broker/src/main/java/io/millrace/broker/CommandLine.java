package io.millrace.broker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was asked for on the command line of a broker. The options are Kafka's and too few for a library, which would take
 * longer to load than the broker takes to read its configuration.
 */
sealed interface CommandLine {

    /** Start a broker. */
    record Start(Path config, List<String> overrides) implements CommandLine {}

    /** Print how to call it. */
    record Help() implements CommandLine {}

    /** Print the version. */
    record Version() implements CommandLine {}

    /** It cannot be understood, for this reason. */
    record Wrong(String reason) implements CommandLine {}

    String USAGE = """
            Usage: broker-start.sh [-daemon] CONFIG [--override KEY=VALUE]...

              CONFIG                 a properties file with the settings of the broker
              --override KEY=VALUE   a setting that goes before the same key in the file; may be given often
              -daemon                leave the broker running in the background
              --help                 print this
              --version              print the version
            """;

    static CommandLine parse(String[] args) {
        Path config = null;
        List<String> overrides = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            String arg = args[i];
            if (arg.equals("--help") || arg.equals("-h")) {
                return new Help();
            } else if (arg.equals("--version")) {
                return new Version();
            } else if (arg.equals("--override")) {
                i++;
                if (i == args.length) {
                    return new Wrong("--override must be followed by KEY=VALUE");
                }
                overrides.add(args[i]);
            } else if (arg.startsWith("--override=")) {
                overrides.add(arg.substring("--override=".length()));
            } else if (arg.startsWith("-")) {
                return new Wrong("There is no option " + arg);
            } else if (config != null) {
                return new Wrong("There are two configuration files, " + config + " and " + arg);
            } else {
                config = Path.of(arg);
            }
        }
        return config == null ? new Wrong("The configuration file is missing") : new Start(config, overrides);
    }
}

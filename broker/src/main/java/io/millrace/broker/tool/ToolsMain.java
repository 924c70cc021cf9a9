package io.millrace.broker.tool;

import io.millrace.broker.zk.RegisteredBrokers;
import io.millrace.client.cli.Screen;
import io.millrace.client.cli.Tools;
import io.millrace.storage.tool.DumpLog;
import java.util.Arrays;

/** Starts a command-line tool by its name: {@code ToolsMain topics --list --bootstrap-server localhost:9092}. */
public final class ToolsMain {
    private ToolsMain() {}

    public static void main(String[] args) {
        // A lambda, since a method reference would load the class with all it needs. What is left at the end are daemon
        // threads, and connections that end with the process.
        if (args.length > 0 && args[0].equals("dump-log")) {
            Screen screen = Screen.ofProcess();
            String[] options = Arrays.copyOfRange(args, 1, args.length);
            System.exit(DumpLog.run(options, screen.out(), screen.err(), screen.isTerminal()));
        }
        System.exit(Tools.run(Screen.ofProcess(), connect -> RegisteredBrokers.find(connect), args));
    }
}

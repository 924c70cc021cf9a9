package io.millrace.broker.tool;

import io.millrace.broker.zk.RegisteredBrokers;
import io.millrace.client.cli.Screen;
import io.millrace.client.cli.Tools;

/** Starts a command-line tool by its name: {@code ToolsMain topics --list --bootstrap-server localhost:9092}. */
public final class ToolsMain {
    private ToolsMain() {}

    public static void main(String[] args) {
        // A lambda, since a method reference would load the class with all it needs. What is left at the end are daemon
        // threads, and connections that end with the process.
        System.exit(Tools.run(Screen.ofProcess(), connect -> RegisteredBrokers.find(connect), args));
    }
}

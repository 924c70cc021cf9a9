package io.millrace.client.cli;

import io.millrace.client.Admin;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A tool that asks a cluster as an administrator: one connection for the whole run. */
abstract class AdminTool extends ClusterTool {
    @Option(names = "--command-config", paramLabel = "FILE", description = "Settings of the client, as properties.")
    private @Nullable Path commandConfig;

    /** The same under another name, where Kafka's tool has one. */
    @Nullable
    Path otherConfig() {
        return null;
    }

    @Override
    public final Integer call() {
        checkOptions();
        try (Admin admin = admin(commandConfig != null ? commandConfig : otherConfig())) {
            return run(admin);
        }
    }

    /** Refuses options that do not go together, before a connection is made. */
    abstract void checkOptions();

    /** Does it; the exit code. */
    abstract int run(Admin admin);
}

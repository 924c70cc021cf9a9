package io.millrace.broker.tool;

import io.millrace.broker.config.ZkConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeperMain;
import org.jspecify.annotations.Nullable;

/**
 * {@code zookeeper-shell.sh}: ZooKeeper's own shell, with a prompt at a terminal, which ZooKeeper's has with a library of 1 MB only,
 * with {@code --json}, and with a sentence where that ends with a stack.
 */
public final class ZooKeeperShell extends ZooKeeperMain {
    static final int TIMEOUT_MS = 15_000;
    private static final String JSON = "--json";
    private static final int FAILED = 1;

    private final ZkConfig server;

    private ZooKeeperShell(ZkConfig server, String[] args) throws IOException, InterruptedException {
        super(args);
        this.server = server;
    }

    /** @param args the server, then perhaps a command with its arguments; and {@code --json} anywhere */
    public static void main(String[] args) throws InterruptedException {
        boolean prompting = Boolean.getBoolean("millrace.prompting");
        System.exit(run(args, System.in, System.out, System.err, prompting));
    }

    /**
     * Does what the arguments say.
     *
     * @param prompting whether a person types commands
     * @return 0 if all went well, 127 if there is no such command, else 1
     */
    static int run(String[] args, InputStream in, PrintStream out, PrintStream err, boolean prompting)
            throws InterruptedException {
        List<String> words = new ArrayList<>(List.of(args));
        boolean json = words.remove(JSON);
        try {
            ZkConfig server = new ZkConfig(words.remove(0), TIMEOUT_MS, TIMEOUT_MS, 1);
            if (json) {
                return ZooKeeperJson.run(server, words, out);
            }
            List<String> own = new ArrayList<>(List.of("-server", server.hosts() + server.chroot()));
            if (!words.isEmpty() || prompting) {
                // Without a command it connects while it waits for the first one.
                own.addAll(List.of("-timeout", Integer.toString(TIMEOUT_MS), "-waitforconnection"));
            }
            own.addAll(words);
            ZooKeeperShell shell = new ZooKeeperShell(server, own.toArray(String[]::new));
            try {
                return words.isEmpty() ? shell.converse(in, out, err, prompting) : shell.command(err);
            } finally {
                shell.close();
            }
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
        } catch (KeeperException.NoNodeException e) {
            err.println("Node does not exist: " + e.getPath());
        } catch (KeeperException | IOException e) {
            err.println("ZooKeeper at " + args[0] + " did not answer as it should: " + e.getMessage());
        }
        return FAILED;
    }

    private void close() throws InterruptedException {
        printWatches = false; // or the last line would be that the session has ended
        zk.close();
    }

    private int command(PrintStream err) throws IOException, InterruptedException {
        processCmd(cl);
        noteMissingChroot(err);
        return exitCode;
    }

    private int converse(InputStream in, PrintStream out, PrintStream err, boolean prompting)
            throws IOException, InterruptedException {
        out.println("Welcome to ZooKeeper! help shows the commands, quit ends");
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = next(lines, out, prompting); line != null; line = next(lines, out, prompting)) {
            try {
                executeLine(line);
            } catch (IllegalArgumentException e) {
                exitCode = FAILED;
                err.println(e.getMessage());
            }
            noteMissingChroot(err);
        }
        return exitCode;
    }

    private @Nullable String next(BufferedReader lines, PrintStream out, boolean prompting) throws IOException {
        if (prompting) {
            out.print(getPrompt());
            out.flush();
        }
        return lines.readLine();
    }

    /** Where the chroot is missing nothing is there, and ZooKeeper says so of each path alone. */
    private void noteMissingChroot(PrintStream err) throws InterruptedException {
        try {
            if (exitCode != 0 && !server.chroot().isEmpty() && zk.exists("/", false) == null) {
                err.println("There is no node " + server.chroot() + ", below which everything is looked for; correct "
                        + server.connect() + ", or create it");
            }
        } catch (KeeperException e) {
            // Then something else is wrong, which has been said.
        }
    }
}

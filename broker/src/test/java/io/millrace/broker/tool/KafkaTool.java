package io.millrace.broker.tool;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.millrace.client.cli.BrokerLookup;
import io.millrace.client.cli.Screen;
import io.millrace.client.cli.Tools;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Exit;
import org.slf4j.LoggerFactory;
import scala.Console;

/** Runs a command by our tool and by Kafka's, both in this JVM, and keeps what they print. */
final class KafkaTool {
    private static final String JAVA = "org.apache.kafka.tools.";
    private static final Map<String, String> CLASSES = Map.ofEntries(
            Map.entry("topics", JAVA + "TopicCommand"),
            Map.entry("configs", "kafka.admin.ConfigCommand"),
            Map.entry("console-producer", "kafka.tools.ConsoleProducer"),
            Map.entry("console-consumer", JAVA + "consumer.ConsoleConsumer"),
            Map.entry("consumer-groups", JAVA + "consumer.group.ConsumerGroupCommand"),
            Map.entry("get-offsets", JAVA + "GetOffsetShell"),
            Map.entry("delete-records", JAVA + "DeleteRecordsCommand"),
            Map.entry("leader-election", JAVA + "LeaderElectionCommand"),
            Map.entry("reassign-partitions", JAVA + "reassign.ReassignPartitionsCommand"),
            Map.entry("log-dirs", JAVA + "LogDirsCommand"),
            Map.entry("broker-api-versions", "kafka.admin.BrokerApiVersionsCommand"));

    /** What came of a command. */
    record Said(String out, String err, int code) {}

    private KafkaTool() {}

    /** Our tool, without what it says on a busy machine while it waits for an answer. */
    static Said ours(String input, String... command) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Screen screen = new Screen(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), stream(out), stream(err), 0, false);
        int code = Tools.run(screen, BrokerLookup.NONE, command);
        return new Said(text(out), text(err).replaceAll("(?m)^Still waiting for .*\\n", ""), code);
    }

    /** Kafka's tool, which exits in the middle of things: what it prints after that does not count. */
    static synchronized Said theirs(String input, String... command) throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        InputStream in = System.in;
        ByteArrayOutputStream saidOut = new ByteArrayOutputStream();
        ByteArrayOutputStream saidErr = new ByteArrayOutputStream();
        Said[] atExit = new Said[1];
        Exit.Procedure exit = (code, message) -> {
            if (atExit[0] == null) {
                atExit[0] = new Said(text(saidOut), text(saidErr), code);
            }
            throw new Exited();
        };
        for (String logger : List.of("org.apache.kafka", "kafka", "state.change.logger")) {
            // It would go to the same output.
            ((Logger) LoggerFactory.getLogger(logger)).setLevel(Level.OFF);
        }
        Exit.setExitProcedure(exit);
        Exit.setHaltProcedure(exit);
        System.setOut(stream(saidOut));
        System.setErr(stream(saidErr));
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            Method main = Class.forName(CLASSES.get(command[0])).getMethod("main", String[].class);
            String[] args = java.util.Arrays.copyOfRange(command, 1, command.length);
            // Scala's println has a notion of its own of where the console is.
            Console.withOut(System.out, () -> Console.withErr(System.err, () -> invoke(main, args)));
        } finally {
            System.setOut(out);
            System.setErr(err);
            System.setIn(in);
            Exit.resetExitProcedure();
            Exit.resetHaltProcedure();
        }
        return atExit[0] != null ? atExit[0] : new Said(text(saidOut), text(saidErr), 0);
    }

    private static Object invoke(Method main, String[] args) {
        try {
            main.invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof Exited)) {
                System.err.println(e.getCause());
            }
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
        return null;
    }

    private static PrintStream stream(ByteArrayOutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream from) {
        return from.toString(StandardCharsets.UTF_8);
    }

    /** Unwinds a tool that has called exit. */
    private static final class Exited extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}

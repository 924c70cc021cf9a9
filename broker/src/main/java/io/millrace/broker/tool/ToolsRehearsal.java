package io.millrace.broker.tool;

import io.millrace.client.cli.BrokerLookup;
import io.millrace.client.cli.Screen;
import io.millrace.client.cli.Tools;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Runs the tools one after the other in one process, against a broker that is there for nothing else, so that the JVM can
 * save the classes they load: {@code scripts/class-archive.sh} starts it when the distribution is packaged. What a tool
 * answers does not matter here.
 */
public final class ToolsRehearsal {
    private static final String TOPIC = "rehearsal";
    private static final List<String> PROGRAM = List.of(
            "topics --create --topic " + TOPIC + " --partitions 2 --replication-factor 1 --config retention.ms=100000",
            "topics --list",
            "topics --describe",
            "topics --describe --json",
            "topics --create --topic " + TOPIC,
            "topics --nonsense",
            "configs --alter --topic " + TOPIC + " --add-config retention.ms=200000",
            "configs --describe --topic " + TOPIC + " --all",
            "console-producer --topic " + TOPIC + " --property parse.key=true",
            "console-producer --topic " + TOPIC + "-made-by-itself",
            "console-consumer --topic " + TOPIC + " --from-beginning --max-messages 2",
            "console-consumer --topic " + TOPIC + " --partition 0 --offset 0 --timeout-ms 100 --json",
            "console-consumer --topic " + TOPIC + " --from-beginning --group rehearsal --max-messages 2",
            "consumer-groups --list --state",
            "consumer-groups --describe --group rehearsal",
            "consumer-groups --describe --group rehearsal --members --verbose",
            "consumer-groups --describe --all-groups --state --json",
            "consumer-groups --reset-offsets --group rehearsal --topic " + TOPIC + " --to-earliest --execute",
            "consumer-groups --delete --group rehearsal",
            "get-offsets --topic-partitions " + TOPIC + ":0",
            "log-dirs --describe",
            "broker-api-versions",
            "leader-election --election-type preferred --all-topic-partitions",
            "reassign-partitions --list",
            "producer-perf --topic " + TOPIC + " --num-records 10 --record-size 10 --throughput -1",
            "consumer-perf --topic " + TOPIC + " --messages 10 --timeout 1000",
            "topics --delete --topic " + TOPIC);

    private ToolsRehearsal() {}

    /** @param args the broker, as {@code host:port} */
    public static void main(String[] args) throws ClassNotFoundException {
        Class.forName(ToolsMain.class.getName());
        Screen.ofProcess();
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        for (String command : PROGRAM) {
            byte[] typed = "a\tone\nb\ttwo\n".getBytes(StandardCharsets.UTF_8);
            Screen screen = new Screen(new ByteArrayInputStream(typed), nowhere, nowhere, 0, false);
            Tools.run(screen, BrokerLookup.NONE, (command + " --bootstrap-server " + args[0]).split(" "));
        }
        System.exit(0);
    }
}

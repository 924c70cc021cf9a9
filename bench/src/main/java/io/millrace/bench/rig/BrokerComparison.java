package io.millrace.bench.rig;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Millrace, Apache Kafka and brokers with protocols of their own, each driven by its own client. */
final class BrokerComparison implements Comparison {
    /** Those that can be had as packages. */
    static final List<StreamBroker> OTHERS = List.of(new JetStreamBroker(), new RabbitStreamBroker());

    private final boolean isShort;
    private final DeliveryRun run;
    private final List<StreamBroker> here;
    private final List<String> missing;
    private final List<String> remarks = new ArrayList<>();

    /**
     * @param isShort whether little is sent
     * @param always those that are measured in any case, ours first
     * @param others those that are measured if they are installed
     */
    BrokerComparison(boolean isShort, List<StreamBroker> always, List<StreamBroker> others) {
        this.isShort = isShort;
        run = isShort ? DeliveryRun.ofMinutes() : DeliveryRun.ofHours();
        here = Stream.concat(always.stream(), others.stream())
                .filter(broker -> broker.missing().isEmpty())
                .toList();
        missing = others.stream()
                .filter(broker -> broker.missing().isPresent())
                .map(broker -> "without " + broker.name())
                .toList();
        remarks.add(
                "Each as it is shipped, on the same machine, one broker and one replica, with a client of its own in one process beside "
                        + "it. What has come back was compared with what was sent: each record once, in order, whole. CPU time and "
                        + "memory are those of the broker; Kafka's ZooKeeper and RabbitMQ's epmd are not counted.");
        Map<String, List<String>> names = new LinkedHashMap<>();
        here.forEach(broker -> names.computeIfAbsent(broker.remark(), remark -> new ArrayList<>())
                .add(broker.name()));
        names.forEach((remark, of) -> remarks.add(String.join(", ", of) + ": " + remark));
        others.stream().map(StreamBroker::missing).flatMap(Optional::stream).forEach(remarks::add);
    }

    @Override
    public Report.Subject subject() {
        return new Report.Subject(
                "Millrace beside other brokers",
                (isShort ? "short" : "full") + " run",
                isShort ? "-others-short" : "-others",
                "<!-- The table of the " + (isShort ? "short" : "full")
                        + " run with other brokers is written by bench.sh rig. -->",
                remarks);
    }

    @Override
    public List<String> contenders() {
        return here.stream().map(StreamBroker::name).toList();
    }

    @Override
    public int usualPairs() {
        return isShort ? 2 : Table.PAIRS_FOR_A_VERDICT;
    }

    @Override
    public List<String> missing() {
        return missing;
    }

    @Override
    public void measure(Turns turns, Samples samples, Progress progress) throws InterruptedException, IOException {
        remarks.forEach(progress::say);
        progress.say(run.title());
        turns.unmeasured("first use", here, StreamBroker::name, (broker, dir, into) -> {
            try (StreamServer server = broker.start(dir)) {
                DeliveryRun.FIRST_USE.measure(server, broker.name(), into);
            }
        });
        Samples measured = turns.take("others", here, StreamBroker::name, (broker, dir, into) -> {
            try (StreamServer server = broker.start(dir)) {
                run.measure(server, broker.name(), into);
            }
        });
        Table.print(run.title(), measured, contenders());
        samples.addAll(measured);
        progress.measured();
    }
}

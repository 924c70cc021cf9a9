package io.millrace.bench.rig;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Streams in memory that do one thing wrong, as no broker does when it is asked to. */
final class FaultyStreams implements StreamServer {
    enum Fault {
        LOSES,
        SWAPS,
        REPEATS_THE_LAST,
        REFUSES
    }

    private static final int AT = 500;

    private final Fault fault;
    private final Map<String, List<byte[]>> streams = new HashMap<>();

    FaultyStreams(Fault fault) {
        this.fault = fault;
    }

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public void create(String stream) {
        streams.put(stream, new ArrayList<>());
    }

    @Override
    public StreamWriter writer(String stream, Aim aim) {
        List<byte[]> records = streams.get(stream);
        Outstanding outstanding = new Outstanding(10);
        return new StreamWriter() {
            @Override
            public void send(byte[] record, Runnable onAcknowledged) throws InterruptedException {
                outstanding.sending();
                records.add(record);
                if (fault == Fault.REFUSES && records.size() == AT) {
                    outstanding.refused("no room");
                } else {
                    onAcknowledged.run();
                    outstanding.acknowledged();
                }
            }

            @Override
            public void awaitAcknowledged() throws InterruptedException {
                outstanding.awaitNone();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public AutoCloseable reader(String stream, Consumer<byte[]> sink) {
        List<byte[]> records = new ArrayList<>(streams.get(stream));
        switch (fault) {
            case LOSES -> records.remove(AT);
            case SWAPS -> Collections.swap(records, AT, AT + 1);
            case REPEATS_THE_LAST -> records.add(records.get(records.size() - 1));
            case REFUSES -> throw new AssertionError("Nobody reads what was not acknowledged");
        }
        records.forEach(sink);
        return () -> {};
    }

    @Override
    public void close() {}
}

package io.millrace.bench.rig;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.RequestHeader;

/** Growth: what connections cost that have said who they are and then have nothing to say, and what a request costs among so many. */
record ConnectionsRow(int connections) implements Row {
    private static final short VERSION = 3;
    private static final int REQUESTS = 10_000;
    private static final int ANSWER_LIMIT_MS = 60_000;
    private static final WarmUp WARM_UP = new WarmUp(3, 8);

    @Override
    public String id() {
        return "connections-" + connections;
    }

    @Override
    public String title() {
        return connections + " connections that are quiet";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public boolean hasGoal() {
        return false;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, "first", 1, 1);
        String by = contender.name();
        long pid = cluster.broker().pid();
        // Once before, so that what comes with the first of them is not counted for one of a few.
        connect(cluster.broker().port).close();
        double heap = Proc.liveHeapKiB(pid);
        double memory = Proc.rssAnonMiB(pid);
        List<Socket> open = new ArrayList<>();
        try {
            Usage opening = cluster.measured(() -> {
                for (int i = 0; i < connections; i++) {
                    open.add(connect(cluster.broker().port));
                }
            });
            double heapAfter = Proc.liveHeapKiB(pid);
            String one = "one of " + connections + " connections";
            String each = "one of N connections";
            samples.add(
                    Metric.less(0, "CPU of opening " + one, "ms").at("CPU of opening " + each, connections),
                    by,
                    opening.cpuSeconds() * 1_000 / connections);
            samples.add(
                    Metric.less(0, "heap of " + one + ", what lives", "KiB").at("heap of " + each, connections),
                    by,
                    (heapAfter - heap) / connections);
            samples.add(
                    Metric.less(0, "memory of " + one + " (RssAnon, after collections)", "KiB")
                            .at("memory of " + each + " (RssAnon, after collections)", connections),
                    by,
                    (Proc.rssAnonMiB(pid) - memory) * 1024 / connections);
            requests(cluster, by, samples, open);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    /** One after the other, each through the next connection. */
    private void requests(Cluster cluster, String by, Samples samples, List<Socket> open) throws Exception {
        String what = "requests that take turns over " + connections + " connections";
        WARM_UP.run(what, by, cluster::cpuSeconds, samples, () -> askInTurn(open, new Histogram(3)));
        Histogram us = new Histogram(3);
        Usage usage = cluster.measured(() -> askInTurn(open, us));
        samples.add(
                Metric.less(0, "CPU of " + what, "µs")
                        .at("CPU of requests that take turns over N connections", connections),
                by,
                usage.cpuSeconds() * 1e6 / REQUESTS);
        samples.add(
                Metric.less(0, what + ", p50", "µs")
                        .at("requests that take turns over N connections, p50", connections),
                by,
                us.getValueAtPercentile(50));
    }

    private static long askInTurn(List<Socket> open, Histogram us) throws IOException {
        for (int i = 0; i < REQUESTS; i++) {
            long startNs = System.nanoTime();
            ask(open.get(i % open.size()));
            us.recordValue((System.nanoTime() - startNs) / 1_000);
        }
        return REQUESTS;
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(ANSWER_LIMIT_MS);
        ask(socket);
        return socket;
    }

    private static void ask(Socket socket) throws IOException {
        ByteBuffer request = request();
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + request.remaining());
        frame.putInt(request.remaining()).put(request);
        socket.getOutputStream().write(frame.array());
        DataInputStream from = new DataInputStream(socket.getInputStream());
        from.skipNBytes(from.readInt());
    }

    private static ByteBuffer request() {
        RequestHeader header = new RequestHeader(ApiKeys.API_VERSIONS, VERSION, "rig", 1);
        ApiVersionsRequestData body =
                new ApiVersionsRequestData().setClientSoftwareName("rig").setClientSoftwareVersion("1");
        ObjectSerializationCache cache = new ObjectSerializationCache();
        int size = header.data().size(cache, header.headerVersion()) + body.size(cache, VERSION);
        ByteBuffer buffer = ByteBuffer.allocate(size);
        header.data().write(new ByteBufferAccessor(buffer), cache, header.headerVersion());
        body.write(new ByteBufferAccessor(buffer), cache, VERSION);
        return buffer.flip();
    }
}

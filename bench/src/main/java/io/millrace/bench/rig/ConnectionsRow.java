package io.millrace.bench.rig;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.RequestHeader;

/** Growth: what connections cost that have said who they are and then have nothing to say. */
record ConnectionsRow(int connections) implements Row {
    private static final short VERSION = 3;

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
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, "first", 1, 1);
        long pid = cluster.broker().pid();
        double memory = Proc.rssAnonMiB(pid);
        double cpu = cluster.cpuSeconds();
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < connections; i++) {
                open.add(connect(cluster.broker().port));
            }
            samples.add(
                    Metric.less(0, "CPU of opening one of " + connections + " connections", "ms", 0),
                    contender.name(),
                    (cluster.cpuSeconds() - cpu) * 1_000 / connections);
            samples.add(
                    Metric.less(0, "memory of one of " + connections + " connections (RssAnon)", "KiB", 0),
                    contender.name(),
                    (Proc.rssAnonMiB(pid) - memory) * 1024 / connections);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        ByteBuffer request = request();
        DataOutputStream to = new DataOutputStream(socket.getOutputStream());
        to.writeInt(request.remaining());
        to.write(request.array(), request.position(), request.remaining());
        DataInputStream from = new DataInputStream(socket.getInputStream());
        from.skipNBytes(from.readInt());
        return socket;
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

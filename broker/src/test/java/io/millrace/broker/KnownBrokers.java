package io.millrace.broker;

import io.millrace.broker.net.RawClient;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Metadata;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who is in the cluster, as one broker knows it. It hears of that from the controller, a moment after its own start; until then
 * clients are told that there is nobody, and no replica can be placed on a broker that has just come.
 */
public final class KnownBrokers {
    private static final int VERSION = 8;

    private KnownBrokers() {}

    /** Waits until the broker at this port of the loopback address knows these and no others. */
    public static void await(int port, Set<Integer> ids) {
        Await.await(
                "the broker at port " + port + " knows the brokers " + ids,
                () -> ask(port).equals(ids));
    }

    private static Set<Integer> ask(int port) throws IOException {
        Metadata.Request request = new Metadata.Request();
        WireWriter out = new WireWriter(VERSION, false);
        request.wire(out);
        ByteBuffer written = out.written();
        byte[] body = new byte[written.remaining()];
        written.get(body);
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.request(ApiKey.METADATA.id(), VERSION, 1, false, body));
            ByteBuffer answer = client.receive();
            answer.getInt();
            Metadata.Response response = new Metadata.Response();
            response.wire(new WireReader(answer, VERSION, false));
            return response.brokers.stream().map(broker -> broker.nodeId).collect(Collectors.toSet());
        }
    }
}

package io.millrace.client.fake;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.RequestHeader;
import io.millrace.protocol.ResponseHeader;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A broker on a real socket of loopback that answers one request after another on each connection, from the state of its
 * {@link FakeCluster} and with the faults that the test wishes.
 */
public final class FakeBroker implements AutoCloseable {
    private final FakeCluster cluster;
    private final int id;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private ServerSocket listener;
    private Thread acceptor;
    private final int port;

    FakeBroker(FakeCluster cluster, int id) throws IOException {
        this.cluster = cluster;
        this.id = id;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.port = listener.getLocalPort();
        this.acceptor = acceptInBackground(listener);
    }

    public int id() {
        return id;
    }

    public int port() {
        return port;
    }

    /** Closes all connections and refuses new ones. */
    public synchronized void stop() throws IOException {
        listener.close();
        // The kernel goes on listening until the thread has left its call, which may even return with a connection.
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        dropConnections();
    }

    /** Listens again where it did before. */
    public synchronized void restart() throws IOException {
        listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        acceptor = acceptInBackground(listener);
    }

    public void dropConnections() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    private Thread acceptInBackground(ServerSocket socket) {
        Thread thread = new Thread(() -> accept(socket), "fake-broker-" + id + "-accept");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void accept(ServerSocket listening) {
        try {
            while (true) {
                Socket socket = listening.accept();
                sockets.add(socket);
                Thread thread = new Thread(() -> serve(socket), "fake-broker-" + id + "-connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException e) {
            // stopped
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            while (true) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                if (!answer(ByteBuffer.wrap(frame), in, out)) {
                    return;
                }
            }
        } catch (IOException e) {
            // closed by either side
        } finally {
            sockets.remove(socket);
        }
    }

    private boolean answer(ByteBuffer frame, InputStream in, OutputStream out) throws IOException {
        ApiKey key = java.util.Objects.requireNonNull(ApiKey.of(frame.getShort(0)));
        int version = frame.getShort(Short.BYTES);
        RequestHeader header = new RequestHeader();
        int headerVersion = key.requestHeaderVersion(version);
        header.wire(new WireReader(frame, headerVersion, headerVersion >= 2));
        if (version > cluster.highestVersion(key)) {
            if (key != ApiKey.API_VERSIONS) {
                return false;
            }
            return write(key, 0, header.correlationId, cluster.refusedVersions(), Fault.Manner.WHOLE, out);
        }
        Message request = Messages.newRequest(key);
        request.wire(new WireReader(frame, version, key.isFlexible(version)));
        Fault fault = cluster.faultFor(this, key, request);
        if (fault.manner() == Fault.Manner.STUCK) {
            in.transferTo(OutputStream.nullOutputStream());
            return false;
        }
        Message response = cluster.handle(this, request, version, fault);
        return response == null || write(key, version, header.correlationId, response, fault.manner(), out);
    }

    private static boolean write(
            ApiKey key, int version, int correlationId, Message response, Fault.Manner manner, OutputStream out)
            throws IOException {
        if (manner == Fault.Manner.NEVER) {
            return true;
        }
        if (manner == Fault.Manner.CLOSE) {
            return false;
        }
        int headerVersion = key.responseHeaderVersion(version);
        WireWriter front = new WireWriter(headerVersion, headerVersion >= 1);
        ResponseHeader header = new ResponseHeader();
        header.correlationId = correlationId;
        header.wire(front);
        WireWriter body = new WireWriter(version, key.isFlexible(version));
        response.wire(body);
        ByteBuffer frame = ByteBuffer.allocate(
                Integer.BYTES + front.written().remaining() + body.written().remaining());
        frame.putInt(frame.capacity() - Integer.BYTES).put(front.written()).put(body.written());
        boolean half = manner == Fault.Manner.HALF_A_FRAME_THEN_CLOSE;
        out.write(frame.array(), 0, half ? frame.capacity() / 2 : frame.capacity());
        out.flush();
        return !half;
    }

    @Override
    public String toString() {
        return "fake broker " + id;
    }

    /** What decides what goes wrong. Called on the connection's thread. */
    @FunctionalInterface
    public interface FaultSource {

        @Nullable
        Fault faultFor(FakeBroker broker, ApiKey key, Message request);
    }
}

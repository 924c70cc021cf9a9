package io.millrace.broker.net;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client that sends whatever bytes it likes, and reads frames. */
public final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MS = 20_000;

    private final Socket socket = new Socket();
    private final OutputStream out;
    private final DataInputStream in;

    public RawClient(int port) throws IOException {
        this(port, -1);
    }

    /** @param receiveBufferBytes of the socket, or -1 */
    public RawClient(int port, int receiveBufferBytes) throws IOException {
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
    }

    public void send(byte... bytes) throws IOException {
        out.write(bytes);
    }

    public void send(ByteBuffer bytes) throws IOException {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        out.write(copy);
    }

    /** The next frame, without its length. */
    public ByteBuffer receive() throws IOException {
        int length = in.readInt();
        byte[] frame = new byte[length];
        in.readFully(frame);
        return ByteBuffer.wrap(frame);
    }

    /** Whether the peer has closed the connection, or does so now, without sending anything more. */
    public boolean isClosedByPeer() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (EOFException | SocketException e) {
            return true;
        }
    }

    /** Whether nothing arrives within so many milliseconds. */
    public boolean hearsNothingFor(int ms) throws IOException {
        socket.setSoTimeout(ms);
        try {
            in.read();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            socket.setSoTimeout(TIMEOUT_MS);
        }
    }

    /** Reads whatever comes until the peer closes the connection. */
    public void drain() throws IOException {
        try {
            byte[] some = new byte[8_192];
            while (in.read(some) >= 0) {
                // on to the end
            }
        } catch (SocketException e) {
            // Reset, because there were bytes that the peer did not read: closed all the same.
        }
    }

    /** Says that nothing more will be sent. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** A frame with a header of version 1 or 2. */
    public static ByteBuffer request(int key, int version, int correlationId, boolean flexible, byte... body) {
        byte[] client = "test".getBytes(StandardCharsets.UTF_8);
        int length = 8 + 2 + client.length + (flexible ? 1 : 0) + body.length;
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + length)
                .putInt(length)
                .putShort((short) key)
                .putShort((short) version)
                .putInt(correlationId)
                .putShort((short) client.length)
                .put(client);
        if (flexible) {
            frame.put((byte) 0);
        }
        return frame.put(body).flip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

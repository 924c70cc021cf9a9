package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.client.net.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PortWatchTest {
    private final Transport transport = Transport.nio("watch", 1);
    private final List<Boolean> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        transport.shutdown();
    }

    @Test
    void hearsOnceThatAPortRefusesAndOnceThatItIsOpenAgain() throws IOException {
        ServerSocket server = listen(0);
        int port = server.getLocalPort();
        try (PortWatch watch = watch(port)) {
            Socket accepted = server.accept();
            assertThat(heard).isEmpty();

            server.close();
            accepted.close();
            await("it refuses", () -> heard.equals(List.of(false)));

            try (ServerSocket again = listen(port);
                    Socket known = again.accept()) {
                await("it is open", () -> heard.equals(List.of(false, true)));
                assertThat(known.isConnected()).isTrue();
            }
            await("it refuses again", () -> heard.equals(List.of(false, true, false)));
        }
    }

    @Test
    void hearsOfAPortThatRefusesFromTheBeginning() throws IOException {
        int port;
        try (ServerSocket server = listen(0)) {
            port = server.getLocalPort();
        }
        try (PortWatch watch = watch(port)) {
            await("it refuses", () -> heard.equals(List.of(false)));
        }
    }

    @Test
    void aConnectionThatIsClosedMeansNothingWhileThePortIsOpen() throws IOException {
        try (ServerSocket server = listen(0);
                PortWatch watch = watch(server.getLocalPort())) {
            for (int i = 0; i < 3; i++) {
                server.accept().close();
            }
            server.accept();
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void connectsNoMoreOnceItIsClosed() throws IOException {
        try (ServerSocket server = listen(0)) {
            PortWatch watch = watch(server.getLocalPort());
            Socket accepted = server.accept();
            watch.close();
            assertThat(accepted.getInputStream().read()).as("end of stream").isEqualTo(-1);
            server.close();
            accepted.close();
            assertThat(heard).isEmpty();
        }
    }

    private PortWatch watch(int port) {
        return PortWatch.open(transport, "127.0.0.1", port, heard::add);
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return server;
    }
}

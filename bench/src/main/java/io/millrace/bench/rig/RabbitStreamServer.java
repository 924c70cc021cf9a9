package io.millrace.bench.rig;

import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.OffsetSpecification;
import com.rabbitmq.stream.StreamException;
import java.util.function.Consumer;

/** A RabbitMQ node that runs. */
final class RabbitStreamServer implements StreamServer {
    private static final long START_LIMIT_MS = 60_000;

    private final Processes processes;
    private final Process server;
    private final Environment environment;

    private RabbitStreamServer(Processes processes, Process server, Environment environment) {
        this.processes = processes;
        this.server = server;
        this.environment = environment;
    }

    /**
     * Connects to a node, which accepts connections some time before it lets anybody in.
     *
     * @param processes which end with what is returned
     */
    static RabbitStreamServer connect(Processes processes, Process server, int port) throws InterruptedException {
        long startNs = System.nanoTime();
        while (true) {
            try {
                return new RabbitStreamServer(
                        processes,
                        server,
                        Environment.builder().host("127.0.0.1").port(port).build());
            } catch (StreamException e) {
                if (!server.isAlive() || System.nanoTime() - startNs > START_LIMIT_MS * 1_000_000) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    @Override
    public long pid() {
        return server.pid();
    }

    @Override
    public void create(String stream) {
        environment.streamCreator().stream(stream).create();
    }

    @Override
    public StreamWriter writer(String stream, Aim aim) {
        // What it sends together is what has come up while it was sending.
        return new RabbitStreamWriter(
                environment.producerBuilder().stream(stream).build());
    }

    @Override
    public AutoCloseable reader(String stream, Consumer<byte[]> sink) {
        return environment.consumerBuilder().stream(stream)
                .offset(OffsetSpecification.first())
                .messageHandler((context, message) -> sink.accept(message.getBodyAsBinary()))
                .build();
    }

    @Override
    public void close() throws Exception {
        environment.close();
        processes.close();
    }
}

package io.millrace.bench.rig;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.util.function.Consumer;

/** A NATS server that runs; a stream has one subject, of the same name. */
final class JetStreamServer implements StreamServer {
    private final Processes processes;
    private final Process server;
    private final Connection connection;

    /** @param processes which end with this */
    JetStreamServer(Processes processes, Process server, int port) throws Exception {
        this.processes = processes;
        this.server = server;
        connection = Nats.connect("nats://127.0.0.1:" + port);
    }

    @Override
    public long pid() {
        return server.pid();
    }

    @Override
    public void create(String stream) throws Exception {
        connection
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder()
                        .name(stream)
                        .subjects(stream)
                        .storageType(StorageType.File)
                        .replicas(1)
                        .build());
    }

    @Override
    public StreamWriter writer(String stream, Aim aim) throws Exception {
        return new JetStreamWriter(connection.jetStream(), stream);
    }

    @Override
    public AutoCloseable reader(String stream, Consumer<byte[]> sink) throws Exception {
        return connection
                .getStreamContext(stream)
                .createOrderedConsumer(new OrderedConsumerConfiguration())
                .consume(message -> sink.accept(message.getData()));
    }

    @Override
    public void close() throws Exception {
        connection.close();
        processes.close();
    }
}

package io.millrace.protocol.record;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.LazyDownConversionRecords;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.utils.Time;

/** What Kafka's broker sends to an old consumer for stored batches: its own classes do the conversion and the filling up. */
final class KafkaDownConversion {
    private KafkaDownConversion() {}

    static ByteBuffer run(ByteBuffer stored, byte magic, long fetchOffset) throws IOException {
        LazyDownConversionRecords records = new LazyDownConversionRecords(
                new TopicPartition("topic", 0), MemoryRecords.readableRecords(stored), magic, fetchOffset, Time.SYSTEM);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        var send = records.toSend();
        TransferableChannel channel = new Sink(sent);
        while (!send.completed()) {
            send.writeTo(channel);
        }
        return ByteBuffer.wrap(sent.toByteArray());
    }

    private record Sink(ByteArrayOutputStream bytes) implements TransferableChannel {
        @Override
        public boolean hasPendingWrites() {
            return false;
        }

        @Override
        public long transferFrom(FileChannel fileChannel, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long written = 0;
            for (int i = offset; i < offset + length; i++) {
                written += write(sources[i]);
            }
            return written;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public int write(ByteBuffer source) {
            int written = source.remaining();
            while (source.hasRemaining()) {
                bytes.write(source.get());
            }
            return written;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}

package io.millrace.bench.micro;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Record batches as producers send them. */
final class Batches {
    private static final int RECORD_BYTES = 100;

    /** Of today: what is older than a week is deleted half a minute after the start of a broker, in the midst of a measurement. */
    private static final long TIMESTAMP = System.currentTimeMillis();

    private static final long SEED = 20261120;

    private Batches() {}

    /** A batch of 100 B records without compression that is at least {@code bytes} long. */
    static ByteBuffer uncompressed(int bytes) {
        return of(Compression.NONE, bytes);
    }

    /** A batch of 100 B records that is at least {@code bytes} long before it is compressed. */
    static ByteBuffer of(Compression compression, int bytes) {
        BatchBuilder builder = new BatchBuilder().begin(compression);
        SplittableRandom random = new SplittableRandom(SEED);
        do {
            builder.append(TIMESTAMP, null, value(random));
        } while (builder.sizeInBytes() < bytes);
        return direct(builder.finish());
    }

    /** A batch with one record of 100 B. */
    static ByteBuffer oneRecord() {
        return uncompressed(1);
    }

    /** The same batch as it comes from the producer again: an append stamps the base offset into it. */
    static ByteBuffer anew(ByteBuffer batch) {
        return batch.rewind().putLong(0, 0);
    }

    /** A copy outside the heap, where the broker receives requests. */
    static ByteBuffer direct(ByteBuffer bytes) {
        return ByteBuffer.allocateDirect(bytes.remaining())
                .put(bytes.duplicate())
                .flip();
    }

    private static byte[] value(SplittableRandom random) {
        byte[] value = new byte[RECORD_BYTES];
        random.nextBytes(value);
        return value;
    }
}

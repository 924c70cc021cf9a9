package io.millrace.bench.micro;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A comparison means something only if both sides do the same work. */
class SameWorkTest {
    @Test
    void bothSidesReadTheSameRequests() {
        var produce = new ProduceCodecBenchmark();
        produce.setUp();
        assertThat(produce.millraceDecodeView())
                .isEqualTo(produce.kafkaDecode())
                .isEqualTo(produce.millraceDecodeMessage());
        var fetch = new FetchCodecBenchmark();
        fetch.partitions = 100;
        fetch.setUp();
        assertThat(fetch.millraceDecodeView()).isEqualTo(fetch.kafkaDecode()).isEqualTo(fetch.millraceDecodeMessage());
    }

    @Test
    void bothSidesWriteTheSameResponses() {
        var produce = new ProduceCodecBenchmark();
        assertThat(copy(produce.millraceEncodeWriter())).isEqualTo(produce.kafkaEncode());
        var fetch = new FetchCodecBenchmark();
        fetch.partitions = 100;
        assertThat(copy(fetch.millraceEncodeWriter())).isEqualTo(fetch.kafkaEncode());
    }

    @Test
    void bothSidesKeepAndFindTheSameBatches() throws Exception {
        try (var ours = new MillraceLog();
                var kafkas = new KafkaLog()) {
            ByteBuffer batch = Batches.uncompressed(16 * 1024);
            for (int i = 0; i < 10; i++) {
                assertThat(ours.append(batch)).isEqualTo(kafkas.append(batch));
            }
            assertThat(ours.logEndOffset()).isEqualTo(kafkas.logEndOffset());
            for (long offset = 0; offset < ours.logEndOffset(); offset += 37) {
                assertThat(ours.find(offset, 64 * 1024))
                        .as("bytes from offset " + offset)
                        .isEqualTo(kafkas.find(offset, 64 * 1024));
            }
        }
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
    }
}

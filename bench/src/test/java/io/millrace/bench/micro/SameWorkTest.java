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

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
    }
}

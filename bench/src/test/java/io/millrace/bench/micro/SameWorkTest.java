package io.millrace.bench.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.LogConfig;
import java.nio.ByteBuffer;
import java.util.List;
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

    @Test
    void bothSidesFindTheSameAfterTheyWereOpenedAgain() throws Exception {
        var ours = new MillraceLog();
        var kafkas = new KafkaLog();
        ByteBuffer batch = Batches.oneRecord();
        for (int i = 0; i < 1_000; i++) {
            ours.append(batch);
            kafkas.append(batch);
        }
        try (var oursAgain = ours.reopened();
                var kafkasAgain = kafkas.reopened()) {
            assertThat(oursAgain.logEndOffset())
                    .isEqualTo(kafkasAgain.logEndOffset())
                    .isEqualTo(1_000);
            for (long offset = 0; offset < 1_000; offset += 37) {
                assertThat(oursAgain.find(offset, 64 * 1024))
                        .as("bytes from offset " + offset)
                        .isEqualTo(kafkasAgain.find(offset, 64 * 1024));
            }
        }
    }

    @Test
    void noBatchIsSoOldThatABrokerDeletesItWhileItIsMeasured() {
        ByteBuffer batch = Batches.oneRecord();
        assertThat(System.currentTimeMillis() - BatchHeader.maxTimestamp(batch, 0))
                .as("age of the records in ms, beside the retention of a log")
                .isBetween(0L, LogConfig.DEFAULT.retentionMs() / 2);
    }

    @Test
    void eachFetchOfASessionIsAnsweredWithOnePartition() throws Exception {
        var ours = new FetchSessionBenchmark();
        ours.partitions = 50;
        var theirs = new FetchSessionBenchmark();
        theirs.partitions = 50;
        var millrace = new FetchSides.Millrace();
        var kafka = new FetchSides.Kafka();
        millrace.open(ours.partitions);
        kafka.open(theirs.partitions);
        try {
            for (int i = 0; i < 120; i++) {
                assertThat(ours.millraceFetchSession(millrace)).as("fetch " + i).isEqualTo(1);
                assertThat(theirs.kafkaFetchSession(kafka)).as("fetch " + i).isEqualTo(1);
            }
        } finally {
            millrace.close();
            kafka.close();
        }
    }

    @Test
    void eachParkedFetchIsAnsweredByTheAppend() throws Exception {
        try (var ours = new MillraceFetch(10);
                var theirs = new KafkaFetch(10)) {
            for (FetchConsumer consumer : List.of(ours, theirs)) {
                consumer.run();
                for (int i = 0; i < 30; i++) {
                    consumer.request(i == 0 ? -1 : (i - 1) % 10, true);
                    assertThat(consumer.run())
                            .as("answers before the append " + i)
                            .isZero();
                    consumer.append(i % 10, Batches.oneRecord());
                    assertThat(consumer.run())
                            .as("answers after the append " + i)
                            .isEqualTo(1);
                }
            }
        }
    }

    @Test
    void bothSidesCreatePartitionsThatTakeARecord() throws Exception {
        var create = new CreatePartitionsBenchmark();
        var ours = new CreatePartitionsBenchmark.Millrace();
        var kafkas = new CreatePartitionsBenchmark.Kafka();
        kafkas.start();
        ours.open();
        kafkas.open();
        try {
            assertThat(create.millraceWithRecord(ours)).isEqualTo(create.kafkaWithRecord(kafkas));
        } finally {
            ours.close();
            kafkas.close();
            kafkas.stop();
        }
    }

    @Test
    void bothSidesWriteTheSameMetadata() {
        var metadata = new MetadataCodecBenchmark();
        metadata.topics = 10;
        metadata.setUp();
        assertThat(copy(metadata.millraceEncode())).isEqualTo(metadata.kafkaEncode());
        assertThat(metadata.millraceDecode().topics).hasSize(10);
        assertThat(metadata.kafkaDecode().topics()).hasSize(10);
    }

    @Test
    void bothSidesAcceptTheSameBatches() throws Exception {
        for (String compression : List.of("none", "lz4", "zstd")) {
            var validation = new ValidationBenchmark();
            validation.compression = compression;
            validation.setUp();
            try {
                assertThat(validation.millrace()).as(compression).isEqualTo(validation.kafka());
            } finally {
                validation.tearDown();
            }
        }
    }

    @Test
    void bothSidesFindTheSamePositions() throws Exception {
        var index = new IndexLookupBenchmark();
        try {
            index.setUp();
            for (long offset = 40; offset < 100_000; offset += 7) {
                assertThat(index.find(offset))
                        .as("position of offset " + offset)
                        .isEqualTo(index.kafkaFind(offset));
            }
        } finally {
            index.tearDown();
        }
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
    }
}

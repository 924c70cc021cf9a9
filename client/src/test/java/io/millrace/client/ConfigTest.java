package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.producer.Partitioner;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {

    @Test
    void hasKafkasDefaults() {
        ProducerConfig producer = ProducerConfig.of("a:1,b:2");
        assertThat(producer.cluster().bootstrap()).hasSize(2);
        assertThat(producer.sender().acks()).isEqualTo((short) -1);
        assertThat(producer.sender().idempotent()).isTrue();
        assertThat(producer.sender().batchSize()).isEqualTo(16_384);
        assertThat(producer.sender().lingerMs()).isZero();
        assertThat(producer.sender().bufferMemory()).isEqualTo(33_554_432);
        assertThat(producer.sender().maxInFlight()).isEqualTo(5);
        assertThat(producer.sender().deliveryTimeoutMs()).isEqualTo(120_000);
        assertThat(producer.maxBlockMs()).isEqualTo(60_000);
        ConsumerConfig consumer = ConsumerConfig.of("a:1").with("group.id", "g");
        assertThat(consumer.fetch().maxBytes()).isEqualTo(52_428_800);
        assertThat(consumer.fetch().maxPartitionBytes()).isEqualTo(1_048_576);
        assertThat(consumer.group().sessionTimeoutMs()).isEqualTo(45_000);
        assertThat(consumer.group().assignors())
                .extracting(assignor -> assignor.name())
                .containsExactly("range", "cooperative-sticky");
        assertThat(consumer.autoCommit()).isTrue();
        assertThat(consumer.maxPollRecords()).isEqualTo(500);
        assertThat(consumer.resetTimestamp()).as("latest").isEqualTo(-1);
    }

    @Test
    void readsProperties() {
        Properties properties = new Properties();
        properties.setProperty("bootstrap.servers", "localhost:9092");
        properties.setProperty("linger.ms", " 7 ");
        properties.put("batch.size", 99);
        ProducerConfig config = ProducerConfig.from(properties);
        assertThat(config.sender().lingerMs()).isEqualTo(7);
        assertThat(config.sender().batchSize()).isEqualTo(99);
    }

    @Test
    void changesOneKeyAndLeavesTheOriginalAlone() {
        ProducerConfig before = ProducerConfig.of("a:1");
        ProducerConfig after = before.with("linger.ms", 9);
        assertThat(after.sender().lingerMs()).isEqualTo(9);
        assertThat(before.sender().lingerMs()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "linger.ms | soon | linger.ms=soon is not valid: it must be a whole number from 0 to 2147483647",
                "acks | 2 | acks=2 is not valid: it must be one of all, -1, 0, 1",
                "bootstrap.servers | nowhere | bootstrap.servers=nowhere is not valid: it must be host:port",
                "compression.type | brotli | compression.type=brotli is not valid: it must be one of none, gzip",
                "compression.gzip.level | 11 | compression.gzip.level=11 is not valid",
                "delivery.timeout.ms | 5 | delivery.timeout.ms=5 must be at least linger.ms + request.timeout.ms = 30000",
            })
    void refusesABadValueWithKeyValueAndRule(String key, String value, String message) {
        ProducerConfig good = ProducerConfig.of("a:1");
        assertThatThrownBy(() -> good.with(key, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void turnsIdempotenceOffWhereItCannotBeUnlessItWasAskedFor() {
        assertThat(ProducerConfig.of("a:1").with("acks", 1).sender().idempotent())
                .isFalse();
        assertThat(ProducerConfig.of("a:1")
                        .with("max.in.flight.requests.per.connection", 6)
                        .sender()
                        .idempotent())
                .isFalse();
        assertThatThrownBy(() -> ProducerConfig.of("a:1")
                        .with("enable.idempotence", true)
                        .with("acks", 1))
                .hasMessageContaining("enable.idempotence=true needs acks=all");
    }

    @Test
    void spreadsRecordsWithoutAKeyAsConfigured() {
        byte[] value = {1};
        Partitioner inTurn = ProducerConfig.of("a:1").partitioner();
        assertThat(inTurn.partition("t", null, value, 3)).isNotEqualTo(inTurn.partition("t", null, value, 3));
        Partitioner sticky =
                ProducerConfig.of("a:1").with("partitioner.class", "sticky").partitioner();
        assertThat(sticky.partition("t", null, value, 1_000)).isEqualTo(sticky.partition("t", null, value, 1_000));
        ProducerConfig.of("a:1").with("partitioner.class", "org.apache.kafka.clients.producer.RoundRobinPartitioner");
        assertThatThrownBy(() -> ProducerConfig.of("a:1").with("partitioner.class", "mine"))
                .hasMessageContaining("partitioner.class=mine is not valid: it must be roundrobin or sticky");
    }

    @Test
    void refusesHeartbeatsThatComeTooLate() {
        assertThatThrownBy(() -> ConsumerConfig.of("a:1").with("session.timeout.ms", 3_000))
                .hasMessageContaining("heartbeat.interval.ms=3000 must be lower than session.timeout.ms=3000");
    }
}

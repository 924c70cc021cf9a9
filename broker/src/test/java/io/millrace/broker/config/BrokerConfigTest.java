package io.millrace.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.record.TimestampType;
import io.millrace.storage.CompressionPolicy;
import io.millrace.storage.LogConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerConfigTest {

    private static final String ZK_SERVERS = "1@a:1:2;3,2@b:1:2;3,3@c:1:2;3";

    /** Values other than the default for settings whose type and rule do not lead to one, with what else they need. */
    private static final Map<String, Map<String, String>> OTHER_VALUES = Map.ofEntries(
            Map.entry("listeners", Map.of("listeners", "PLAINTEXT://localhost:19092")),
            Map.entry("advertised.listeners", Map.of("advertised.listeners", "PLAINTEXT://elsewhere:9092")),
            Map.entry(
                    "listener.security.protocol.map",
                    Map.of(
                            "listener.security.protocol.map", "INSIDE:PLAINTEXT,PLAINTEXT:PLAINTEXT",
                            "listeners", "INSIDE://:1")),
            Map.entry(
                    "inter.broker.listener.name",
                    Map.of(
                            "inter.broker.listener.name", "B",
                            "listeners", "A://:1,B://:2",
                            "listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT")),
            Map.entry(
                    "control.plane.listener.name",
                    Map.of(
                            "control.plane.listener.name", "C",
                            "listeners", "PLAINTEXT://:1,C://:2",
                            "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,C:PLAINTEXT",
                            "inter.broker.listener.name", "PLAINTEXT")),
            Map.entry("broker.rack", Map.of("broker.rack", "r1")),
            Map.entry("broker.id", Map.of("broker.id", "7")),
            Map.entry("log.dirs", Map.of("log.dirs", "/data/a,/data/b")),
            Map.entry("log.dir", Map.of("log.dir", "/data/a")),
            Map.entry("log.cleanup.policy", Map.of("log.cleanup.policy", "compact")),
            Map.entry("compression.type", Map.of("compression.type", "zstd")),
            Map.entry("log.sync.policy", Map.of("log.sync.policy", "group")),
            Map.entry("log.message.timestamp.type", Map.of("log.message.timestamp.type", "LogAppendTime")),
            Map.entry("max.connections.per.ip.overrides", Map.of("max.connections.per.ip.overrides", "127.0.0.1:9")),
            Map.entry(
                    "replica.selector.class",
                    Map.of("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector")),
            Map.entry("zookeeper.connect", Map.of("zookeeper.connect", "zk:2181/here")),
            Map.entry("embedded.zookeeper.data.dir", Map.of("embedded.zookeeper.data.dir", "/data/zk")),
            Map.entry("embedded.zookeeper.servers", Map.of("embedded.zookeeper.servers", ZK_SERVERS, "broker.id", "1")),
            Map.entry(
                    "embedded.zookeeper.id",
                    Map.of("embedded.zookeeper.servers", ZK_SERVERS, "embedded.zookeeper.id", "2")),
            Map.entry(
                    "embedded.zookeeper.quorum.timeout.ms",
                    Map.of(
                            "embedded.zookeeper.servers", ZK_SERVERS,
                            "broker.id", "1",
                            "embedded.zookeeper.quorum.timeout.ms", "9")),
            // By default a size is left to the system, and what comes after -1 is refused.
            Map.entry("socket.send.buffer.bytes", Map.of("socket.send.buffer.bytes", "102400")),
            Map.entry("socket.receive.buffer.bytes", Map.of("socket.receive.buffer.bytes", "102400")),
            Map.entry("replica.socket.receive.buffer.bytes", Map.of("replica.socket.receive.buffer.bytes", "65536")),
            Map.entry("queued.max.request.bytes", Map.of("queued.max.request.bytes", "104857601")),
            Map.entry("log.cleaner.min.cleanable.ratio", Map.of("log.cleaner.min.cleanable.ratio", "0.25")));

    /** Settings that decide whether others are taken, and appear in no record themselves. */
    private static final List<String> ONLY_RULES =
            List.of("broker.id.generation.enable", "security.inter.broker.protocol");

    @TestFactory
    Stream<DynamicTest> everySettingHasAnEffect() {
        BrokerConfig defaults = BrokerConfig.parse(Map.of());
        return Settings.groups().stream()
                .flatMap(group -> group.settings().stream())
                .filter(setting -> !ONLY_RULES.contains(setting.name()))
                .map(setting -> DynamicTest.dynamicTest(setting.name(), () -> {
                    BrokerConfig changed = BrokerConfig.parse(other(setting));
                    assertThat(records(changed).equals(records(defaults)))
                            .as(setting.name() + " leaves everything as it was")
                            .isFalse();
                }));
    }

    private static Map<String, String> other(Setting<?> setting) {
        Map<String, String> known = OTHER_VALUES.get(setting.name());
        if (known != null) {
            return known;
        }
        if (setting.defaultValue() instanceof Boolean enabled) {
            return Map.of(setting.name(), String.valueOf(!enabled));
        }
        long number = setting.defaultValue() instanceof Number n ? n.longValue() : 77_777;
        for (long candidate : new long[] {number + 1, number - 1}) {
            try {
                setting.parse(String.valueOf(candidate));
                return Map.of(setting.name(), String.valueOf(candidate));
            } catch (ConfigException e) {
                // not this one
            }
        }
        throw new AssertionError("no other value known for " + setting);
    }

    private static List<?> records(BrokerConfig config) {
        return List.of(
                config.brokerId(),
                config.reservedBrokerMaxId(),
                String.valueOf(config.rack()),
                config.advertisedListeners(),
                config.interBrokerListener(),
                config.controlPlaneListener(),
                config.zooKeeper(),
                config.net(),
                config.storage(),
                config.log(),
                config.controller(),
                config.group(),
                config.controlledShutdown(),
                config.minInsyncReplicas(),
                config.replica(3),
                config.fetcher(3));
    }

    @Test
    void keepsToTheDefaultsOfTheStorageEngine() {
        assertThat(BrokerConfig.parse(Map.of()).log()).isEqualTo(LogConfig.DEFAULT);
    }

    @Test
    void leavesTheBuffersOfSocketsToTheSystemUnlessTheirSizesAreSet() {
        BrokerConfig defaults = BrokerConfig.parse(Map.of());
        assertThat(defaults.net().sendBufferBytes()).isEqualTo(-1);
        assertThat(defaults.net().receiveBufferBytes()).isEqualTo(-1);
        assertThat(defaults.fetcher(1).socketReceiveBufferBytes()).isEqualTo(-1);

        BrokerConfig set = parse(
                "socket.send.buffer.bytes=102400",
                "socket.receive.buffer.bytes=204800",
                "replica.socket.receive.buffer.bytes=65536");
        assertThat(set.net().sendBufferBytes()).isEqualTo(102_400);
        assertThat(set.net().receiveBufferBytes()).isEqualTo(204_800);
        assertThat(set.fetcher(1).socketReceiveBufferBytes()).isEqualTo(65_536);
    }

    @Test
    void readsTheSettingsOfLogs() {
        LogConfig log = parse(
                        "compression.type=lz4",
                        "log.cleanup.policy=compact,delete",
                        "log.message.timestamp.type=LogAppendTime",
                        "log.segment.bytes=1048576")
                .log();
        assertThat(log.compressionType()).isEqualTo(CompressionPolicy.LZ4);
        assertThat(log.compact()).isTrue();
        assertThat(log.delete()).isTrue();
        assertThat(log.messageTimestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(log.segmentBytes()).isEqualTo(1_048_576);
    }

    @Test
    void millisecondsGoBeforeMinutesAndMinutesBeforeHours() {
        assertThat(parse("log.retention.hours=2").log().retentionMs()).isEqualTo(7_200_000);
        assertThat(parse("log.retention.hours=2", "log.retention.minutes=3")
                        .log()
                        .retentionMs())
                .isEqualTo(180_000);
        assertThat(parse("log.retention.hours=2", "log.retention.minutes=3", "log.retention.ms=4")
                        .log()
                        .retentionMs())
                .isEqualTo(4);
        assertThat(parse("log.retention.minutes=-1").log().retentionMs()).isEqualTo(-1);
        assertThat(parse("log.roll.hours=1", "log.roll.ms=5").log().segmentMs()).isEqualTo(5);
    }

    @Test
    void theOlderTimestampLimitStandsForBothUnlessTheyAreSet() {
        LogConfig log = parse(
                        "log.message.timestamp.difference.max.ms=1000",
                        "log.message.timestamp.after.max.ms=9223372036854775807")
                .log();
        assertThat(log.messageTimestampBeforeMaxMs()).isEqualTo(1000);
        assertThat(log.messageTimestampAfterMaxMs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void startsAZooKeeperOfItsOwnBesideTheFirstLogDirectoryUnlessOneIsNamed() {
        ZooKeeperConfig own = parse("log.dirs=/data/one,/data/two").zooKeeper();
        assertThat(own.embedded()).isTrue();
        assertThat(own.embeddedDataDir()).isEqualTo(Path.of("/data/one-zookeeper"));
        assertThat(own.session("127.0.0.1:1").connect()).isEqualTo("127.0.0.1:1");

        ZooKeeperConfig named =
                parse("zookeeper.connect=zk1:2181,zk2:2181/kafka").zooKeeper();
        assertThat(named.embedded()).isFalse();
        assertThat(named.session("127.0.0.1:1").connect()).isEqualTo("zk1:2181,zk2:2181/kafka");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            zk:2181,             ''
            zk:2181/,            ''
            zk:2181/kafka,       /kafka
            zk:2181/kafka/,      /kafka
            zk:2181/a.b/..c/é,   /a.b/..c/é
            """)
    void readsTheChroot(String connect, String chroot) {
        assertThat(parse("zookeeper.connect=" + connect)
                        .zooKeeper()
                        .session("127.0.0.1:1")
                        .chroot())
                .isEqualTo(chroot);
    }

    @Test
    void readsTheZooKeeperServersInsideTheBrokersOfACluster() {
        String servers = "embedded.zookeeper.servers=1@a:2888:3888;2181, 2@[::1]:2888:3888;2181,3@c:2888:3888;2181";
        ZooKeeperConfig second = parse(servers, "broker.id=2").zooKeeper();
        assertThat(second.embedded()).isTrue();
        assertThat(second.ensemble()).isNotNull();
        assertThat(second.ensemble().self()).hasToString("2@::1:2888:3888;2181");
        assertThat(second.ensemble().connectString()).isEqualTo("[::1]:2181,a:2181,c:2181");
        assertThat(second.session(second.ensemble().connectString()).firstPreferred())
                .isTrue();

        ZooKeeperConfig numbered =
                parse(servers, "broker.id=77", "embedded.zookeeper.id=3").zooKeeper();
        assertThat(numbered.ensemble().self().host()).isEqualTo("c");
    }

    @Test
    void refusesZooKeeperServersThatCannotWork() {
        assertRefused("broker.id=4: must be the id of one of embedded.zookeeper.servers", ZK_SERVERS, "broker.id=4");
        assertRefused("embedded.zookeeper.id=4: must", ZK_SERVERS, "embedded.zookeeper.id=4");
        assertRefused("must not be set beside zookeeper.connect", ZK_SERVERS, "zookeeper.connect=a:1");
        assertRefused("must name at least 3 servers", "1@a:1:2;3,2@b:1:2;3");
        assertRefused("which a:1:2 is not", "1@a:1:2;3,a:1:2,3@c:1:2;3");
        assertRefused("an id of its own", "1@a:1:2;3,1@b:1:2;3,3@c:1:2;3");
        assertRefused("an id of its own", "1@a:1:2;3,255@b:1:2;3,3@c:1:2;3");
        assertRefused("three ports of its own, which 2@a:4:5;3", "1@a:1:2;3,2@a:4:5;3,3@c:1:2;3");
        assertRefused("three ports of its own", "1@a:0:2;3,2@b:1:2;3,3@c:1:2;3");
    }

    private static void assertRefused(String rule, String servers, String... others) {
        List<String> lines = new ArrayList<>(List.of("embedded.zookeeper.servers=" + servers, "broker.id=1"));
        lines.addAll(List.of(others));
        assertThatThrownBy(() -> parse(lines.toArray(String[]::new)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(rule);
    }

    @Test
    void readsListeners() {
        BrokerConfig config = parse(
                "listeners=inside://[::1]:9092, OUTSIDE://:0",
                "advertised.listeners=INSIDE://inner:9092,OUTSIDE://outer.example:443",
                "listener.security.protocol.map=INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT",
                "inter.broker.listener.name=outside");
        assertThat(config.net().listeners())
                .containsExactly(new ListenerConfig("INSIDE", "::1", 9092), new ListenerConfig("OUTSIDE", "", 0));
        assertThat(config.advertisedListeners())
                .containsExactly(
                        new ListenerConfig("INSIDE", "inner", 9092),
                        new ListenerConfig("OUTSIDE", "outer.example", 443));
        assertThat(config.interBrokerListener()).isEqualTo("OUTSIDE");
        assertThat(config.controlPlaneListener()).as("the same").isEqualTo("OUTSIDE");
        assertThat(config.replica(1).isForController("INSIDE")).isFalse();
    }

    @Test
    void readsTheListenerOfTheControlPlane() {
        String[] lines = {
            "listeners=PLAINTEXT://:9092,CONTROL://:9093",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROL:PLAINTEXT",
            "inter.broker.listener.name=PLAINTEXT",
            "control.plane.listener.name=control"
        };
        BrokerConfig config = parse(lines);
        assertThat(config.interBrokerListener()).isEqualTo("PLAINTEXT");
        assertThat(config.controlPlaneListener()).isEqualTo("CONTROL");
        assertThat(config.replica(1).isForController("CONTROL")).isTrue();
        assertThat(config.replica(1).isForController("PLAINTEXT")).isTrue();
        lines[3] = "control.plane.listener.name=PLAINTEXT";
        assertThatThrownBy(() -> parse(lines))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("must not name the listener between brokers, which is PLAINTEXT");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            num.partitions=0                           | num.partitions=0: must be at least 1
            num.partitions=many                        | num.partitions=many: must be a whole number from -2^31 to 2^31-1
            log.segment.bytes=2147483648               | log.segment.bytes=2147483648: must be a whole number from -2^31 to 2^31-1
            log.preallocate=yes                        | log.preallocate=yes: must be true or false
            compression.type=brotli                    | compression.type=brotli: must be one of uncompressed, zstd, lz4, snappy, gzip, producer
            log.cleanup.policy=delete;keep             | log.cleanup.policy=delete;keep: must be one or more of compact, delete
            log.cleaner.min.cleanable.ratio=NaN        | log.cleaner.min.cleanable.ratio=NaN: must be between 0 and 1
            log.retention.ms=0                         | log.retention.ms=0: must be at least 1, or -1 to keep records for ever
            log.dirs=/a,/b/../a                        | log.dirs=/a,/b/../a: must not name /a twice
            log.dirs=                                  | log.dirs=: must be one or more items
            log.dirs=/                                 | log.dirs=/: must not be the root of the file system
            broker.id=1001                             | broker.id=1001: must be at most reserved.broker.max.id=1000
            listeners=localhost:9092                   | listeners=localhost:9092: must be NAME://host:port
            listeners=PLAINTEXT://a:99999              | listeners=PLAINTEXT://a:99999: must be NAME://host:port
            listeners=SSL://:9093                      | listeners=SSL://:9093: must name listeners that speak PLAINTEXT
            listeners=FOO://:9093                      | listeners=FOO://:9093: must name listeners that listener.security.protocol.map knows
            listeners=PLAINTEXT://a:1,PLAINTEXT://b:2  | must not use the name PLAINTEXT twice
            advertised.listeners=PLAINTEXT://0.0.0.0:1 | must not name 0.0.0.0, to which nobody can connect
            advertised.listeners=SSL://a:1             | must name listeners of listeners only, which lacks SSL
            inter.broker.listener.name=X               | inter.broker.listener.name=X: must lead to one of the advertised listeners
            control.plane.listener.name=X              | control.plane.listener.name=X: must name one of the advertised listeners
            security.inter.broker.protocol=SSL         | security.inter.broker.protocol=SSL: must lead to one of the advertised listeners
            zookeeper.connect=/chroot                  | zookeeper.connect=/chroot: must be host:port,host:port/chroot
            zookeeper.connect=zk:99999                 | zookeeper.connect=zk:99999: must be host:port,host:port/chroot
            zookeeper.connect=zk:abc/chroot            | zookeeper.connect=zk:abc/chroot: must be host:port,host:port/chroot
            zookeeper.connect=zk1:2181,,zk2:2181       | must be host:port,host:port/chroot
            zookeeper.connect=zk:2181/a//b             | zookeeper.connect=zk:2181/a//b: must be host:port,host:port/chroot
            zookeeper.connect=zk:2181//a               | no part of the chroot may be empty, '.' or '..'
            zookeeper.connect=zk:2181/a/./b            | no part of the chroot may be empty, '.' or '..'
            zookeeper.connect=zk:2181/..               | no part of the chroot may be empty, '.' or '..'
            zookeeper.connect=zk:2181/a\u0007b         | or hold control characters
            queued.max.request.bytes=5                 | queued.max.request.bytes=5: must be at least socket.request.max.bytes=104857600
            group.max.session.timeout.ms=10            | group.max.session.timeout.ms=10: must be at least group.min.session.timeout.ms=6000
            socket.send.buffer.bytes=0                 | socket.send.buffer.bytes=0: must be at least 1, or -1
            max.connections.per.ip.overrides=localhost | max.connections.per.ip.overrides=localhost: must be address:count
            log.cleaner.dedupe.buffer.size=5           | log.cleaner.dedupe.buffer.size is 5
            """)
    void refusesABadValueInOneLineThatNamesKeyAndValueAndRule(String line, String message) {
        assertThatThrownBy(() -> parse(line))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void namesTheKeyThatWasMeant() {
        assertThat(parse("num.partition=3", "log.retension.hours=1", "log.retention.hrs=1", "ssl.keystore.location=x")
                        .warnings())
                .containsExactly(
                        "The setting log.retension.hours is not known and has no effect; did you mean log.retention.hours?",
                        "The setting log.retention.hrs is not known and has no effect; did you mean log.retention.hours?",
                        "The setting num.partition is not known and has no effect; did you mean num.partitions?",
                        "The setting ssl.keystore.location is known to Kafka but has no effect here");
        assertThat(parse("num.partitions=3").warnings()).isEmpty();
    }

    private static BrokerConfig parse(String... lines) {
        Map<String, String> written = new LinkedHashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            written.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return BrokerConfig.parse(written);
    }
}

package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.CLUSTER_WIDE;
import static io.millrace.broker.config.DynamicMode.PER_BROKER;
import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.Rule.oneOf;
import static io.millrace.broker.config.SettingType.BOOLEAN;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LIST;
import static io.millrace.broker.config.SettingType.LONG;
import static io.millrace.broker.config.SettingType.STRING;

import java.util.List;

/** Who a broker is, where it listens, and what it accepts from connections. */
public final class ServerSettings {
    static final SettingGroup GROUP = new SettingGroup("Broker");

    public static final Setting<Integer> BROKER_ID = GROUP.define("broker.id", INT, -1, atLeast(-1), READ_ONLY)
            .doc("The number of this broker in the cluster, or -1 to be given one above `reserved.broker.max.id`, "
                    + "which is then kept in `meta.properties` of the log directories.");

    public static final Setting<Boolean> BROKER_ID_GENERATION_ENABLE = GROUP.define(
                    "broker.id.generation.enable", BOOLEAN, true, any(), READ_ONLY)
            .doc("Whether a broker with `broker.id=-1` is given a number.");

    public static final Setting<Integer> RESERVED_BROKER_MAX_ID = GROUP.define(
                    "reserved.broker.max.id", INT, 1000, atLeast(0), READ_ONLY)
            .doc("The greatest number that may be written as `broker.id`; given numbers start above it.");

    public static final Setting<String> BROKER_RACK = GROUP.optional("broker.rack", STRING, any(), READ_ONLY)
            .doc("Where this broker stands, for spreading replicas over racks.");

    public static final Setting<String> LISTENERS = GROUP.define(
                    "listeners", STRING, "PLAINTEXT://:9092", any(), PER_BROKER)
            .doc("Where the broker listens, as `NAME://host:port` between commas; an empty host means all addresses, "
                    + "port 0 a free one.");

    public static final Setting<String> ADVERTISED_LISTENERS = GROUP.optional(
                    "advertised.listeners", STRING, any(), PER_BROKER)
            .doc("What clients and other brokers are told to connect to, in the form of `listeners`; absent means the "
                    + "same as `listeners`.");

    public static final Setting<String> LISTENER_SECURITY_PROTOCOL_MAP = GROUP.define(
                    "listener.security.protocol.map",
                    STRING,
                    "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
                    any(),
                    PER_BROKER)
            .doc("The security protocol of each listener name, as `NAME:PROTOCOL` between commas. This version speaks "
                    + "PLAINTEXT only.");

    public static final Setting<String> INTER_BROKER_LISTENER_NAME = GROUP.optional(
                    "inter.broker.listener.name", STRING, any(), READ_ONLY)
            .doc("The name of the listener that other brokers use; absent means the one whose protocol is "
                    + "`security.inter.broker.protocol`.");

    public static final Setting<String> CONTROL_PLANE_LISTENER_NAME = GROUP.optional(
                    "control.plane.listener.name", STRING, any(), READ_ONLY)
            .doc(
                    "The name of a listener that the controller and brokers speak to each other at, so that their words do not "
                            + "queue behind those of replicas; absent means the listener between brokers.");

    public static final Setting<String> SECURITY_INTER_BROKER_PROTOCOL = GROUP.define(
                    "security.inter.broker.protocol",
                    STRING,
                    "PLAINTEXT",
                    oneOf("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
                    READ_ONLY)
            .doc("The security protocol between brokers where `inter.broker.listener.name` does not name a listener.");

    public static final Setting<Integer> NUM_NETWORK_THREADS = GROUP.optional(
                    "num.network.threads", INT, atLeast(1), CLUSTER_WIDE)
            .doc("Event loops, each of which carries its share of the connections and their requests from end to end; "
                    + "absent means one a processor.");

    public static final Setting<Integer> SOCKET_REQUEST_MAX_BYTES = GROUP.define(
                    "socket.request.max.bytes", INT, 104857600, atLeast(1), READ_ONLY)
            .doc("The largest request, in bytes without its length field; a connection that announces more is closed "
                    + "before anything is allocated.");

    public static final Setting<Integer> SOCKET_SEND_BUFFER_BYTES = GROUP.define(
                    "socket.send.buffer.bytes", INT, -1, atLeast(-1), READ_ONLY)
            .doc("Send buffer of a connection in bytes; -1 leaves it to the operating system, which fits it to the "
                    + "connection (on Linux up to `net.ipv4.tcp_wmem`), so that an answer to a consumer needs one call where it "
                    + "needs five with Kafka's 102400.");

    public static final Setting<Integer> SOCKET_RECEIVE_BUFFER_BYTES = GROUP.define(
                    "socket.receive.buffer.bytes", INT, -1, atLeast(-1), READ_ONLY)
            .doc(
                    "Receive buffer of a connection in bytes; -1 leaves it to the operating system, which lets it grow with "
                            + "what the producer sends (on Linux up to `net.ipv4.tcp_rmem`); Kafka's default is 102400. Such memory "
                            + "is the kernel's, and does not count for `queued.max.request.bytes`.");

    public static final Setting<Integer> SOCKET_LISTEN_BACKLOG_SIZE = GROUP.define(
                    "socket.listen.backlog.size", INT, 50, atLeast(1), READ_ONLY)
            .doc("How many connections may wait to be accepted on a listener.");

    public static final Setting<Long> CONNECTIONS_MAX_IDLE_MS = GROUP.define(
                    "connections.max.idle.ms", LONG, 600000L, any(), READ_ONLY)
            .doc("After how many milliseconds without a request a connection is closed; negative means never.");

    public static final Setting<Integer> MAX_CONNECTIONS = GROUP.define(
                    "max.connections", INT, Integer.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
            .doc("The most connections a broker holds at a time.");

    public static final Setting<Integer> MAX_CONNECTIONS_PER_IP = GROUP.define(
                    "max.connections.per.ip", INT, Integer.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
            .doc("The most connections from one address.");

    public static final Setting<List<String>> MAX_CONNECTIONS_PER_IP_OVERRIDES = GROUP.define(
                    "max.connections.per.ip.overrides", LIST, List.of(), any(), CLUSTER_WIDE)
            .doc("Exceptions to `max.connections.per.ip`, as `address:count` between commas.");

    public static final Setting<Integer> MAX_CONNECTION_CREATION_RATE = GROUP.define(
                    "max.connection.creation.rate", INT, Integer.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
            .doc("The most new connections a second; more wait to be accepted.");

    public static final Setting<Long> QUEUED_MAX_REQUEST_BYTES = GROUP.define(
                    "queued.max.request.bytes", LONG, -1L, any(), READ_ONLY)
            .doc("The most bytes of requests taken in and not answered yet; beyond it connections are not read. -1 "
                    + "means half of the memory the JVM may use, or `socket.request.max.bytes` if that is more.");

    private ServerSettings() {}
}

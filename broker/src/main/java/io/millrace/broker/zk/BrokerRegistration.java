package io.millrace.broker.zk;

import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a broker says of itself in {@code /brokers/ids/N}.
 *
 * @param id 0 or more
 * @param endpoints where clients and brokers find it, at least one
 * @param rack where it stands, or null
 * @param mayHaveLost whether acknowledged records may be missing on its disks, as after a loss of power. Kafka has no such field
 *     and passes over it; the controller takes it away once it has seen to it
 */
public record BrokerRegistration(
        int id, List<Endpoint> endpoints, @Nullable String rack, boolean mayHaveLost) {
    private static final int VERSION = 5;
    private static final String MAY_HAVE_LOST = "may_have_lost_records";

    public BrokerRegistration {
        endpoints = List.copyOf(endpoints);
    }

    /** One that has everything. */
    public BrokerRegistration(int id, List<Endpoint> endpoints, @Nullable String rack) {
        this(id, endpoints, rack, false);
    }

    /** The same broker once it is seen to that it may have lost records. */
    public BrokerRegistration withoutLoss() {
        return new BrokerRegistration(id, endpoints, rack, false);
    }

    byte[] toJson(long nowMs) {
        Endpoint plain = endpoints.stream()
                .filter(endpoint -> endpoint.securityProtocol() == SecurityProtocol.PLAINTEXT)
                .findFirst()
                .orElse(null);
        return ZnodeJson.write(out -> {
            out.writeObjectFieldStart("features");
            out.writeEndObject();
            out.writeObjectFieldStart("listener_security_protocol_map");
            for (Endpoint endpoint : endpoints) {
                out.writeStringField(
                        endpoint.listener(), endpoint.securityProtocol().name());
            }
            out.writeEndObject();
            out.writeArrayFieldStart("endpoints");
            for (Endpoint endpoint : endpoints) {
                out.writeString(endpoint.toString());
            }
            out.writeEndArray();
            if (rack != null) {
                out.writeStringField("rack", rack);
            }
            if (mayHaveLost) {
                out.writeNumberField(MAY_HAVE_LOST, 1);
            }
            out.writeNumberField("jmx_port", -1);
            out.writeNumberField("port", plain == null ? -1 : plain.port());
            if (plain == null) {
                out.writeNullField("host");
            } else {
                out.writeStringField("host", plain.host());
            }
            out.writeNumberField("version", VERSION);
            out.writeStringField("timestamp", Long.toString(nowMs));
        });
    }

    /** Reads versions 1 (one plain door), 2 and 3 (doors named by their protocol), and 4 and later (with a map of names). */
    static BrokerRegistration fromJson(int id, byte[] data) {
        String path = ZkPaths.brokerId(id);
        ZnodeJson json = ZnodeJson.read(path, data);
        List<Endpoint> endpoints = new ArrayList<>();
        if (json.int32("version", 1) < 2) {
            endpoints.add(new Endpoint(
                    SecurityProtocol.PLAINTEXT.name(),
                    SecurityProtocol.PLAINTEXT,
                    json.text("host"),
                    json.int32("port")));
        } else {
            ZnodeJson protocols = json.object("listener_security_protocol_map");
            for (String text : json.texts("endpoints")) {
                endpoints.add(endpoint(path, text, protocols));
            }
        }
        return new BrokerRegistration(id, endpoints, json.textOrNull("rack"), json.int32(MAY_HAVE_LOST, 0) == 1);
    }

    private static Endpoint endpoint(String path, String text, ZnodeJson protocols) {
        int scheme = text.indexOf("://");
        int colon = text.lastIndexOf(':');
        if (scheme < 0 || colon < scheme + 3) {
            throw new MalformedZnodeException(path, text + " is no endpoint");
        }
        String listener = text.substring(0, scheme);
        String protocolName = protocols.textOrNull(listener);
        SecurityProtocol protocol = SecurityProtocol.named(protocolName == null ? listener : protocolName);
        if (protocol == null) {
            throw new MalformedZnodeException(path, listener + " has no known security protocol");
        }
        String host = text.substring(scheme + 3, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            return new Endpoint(listener, protocol, host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException(path, text + " has no port");
        }
    }
}

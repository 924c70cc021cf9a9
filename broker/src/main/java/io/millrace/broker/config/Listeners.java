package io.millrace.broker.config;

import static io.millrace.broker.config.ServerSettings.ADVERTISED_LISTENERS;
import static io.millrace.broker.config.ServerSettings.CONTROL_PLANE_LISTENER_NAME;
import static io.millrace.broker.config.ServerSettings.INTER_BROKER_LISTENER_NAME;
import static io.millrace.broker.config.ServerSettings.LISTENERS;
import static io.millrace.broker.config.ServerSettings.LISTENER_SECURITY_PROTOCOL_MAP;
import static io.millrace.broker.config.ServerSettings.SECURITY_INTER_BROKER_PROTOCOL;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the settings that say where a broker listens, which only make sense together. */
final class Listeners {
    /** NAME://host:port, where the host may be empty or an IPv6 address in brackets. */
    private static final Pattern LISTENER =
            Pattern.compile("([A-Za-z0-9_.-]+)://(\\[[0-9A-Fa-f:.%]+]|[^\\[\\]:/]*):(\\d{1,5})");

    /** What this version speaks. */
    private static final String PLAINTEXT = "PLAINTEXT";

    private final SettingValues values;
    private final Map<String, String> protocols;

    Listeners(SettingValues values) {
        this.values = values;
        this.protocols = protocols();
    }

    /** {@code listeners}: each with a name and, unless it is 0, a port of its own. */
    List<ListenerConfig> bound() {
        List<ListenerConfig> listeners = parse(LISTENERS);
        Set<Integer> ports = new HashSet<>();
        for (ListenerConfig listener : listeners) {
            if (listener.port() != 0 && !ports.add(listener.port())) {
                throw values.refuse(LISTENERS, "must not use port " + listener.port() + " twice");
            }
            String protocol = protocols.get(listener.name());
            if (protocol == null) {
                throw values.refuse(
                        LISTENERS,
                        "must name listeners that listener.security.protocol.map knows; it lacks " + listener.name());
            }
            if (!protocol.equals(PLAINTEXT)) {
                throw values.refuse(
                        LISTENERS,
                        "must name listeners that speak PLAINTEXT, the only protocol of this version; "
                                + listener.name() + " speaks " + protocol);
            }
        }
        return listeners;
    }

    /** {@code advertised.listeners}, or else {@code bound}. */
    List<ListenerConfig> advertised(List<ListenerConfig> bound) {
        if (!values.isSet(ADVERTISED_LISTENERS)) {
            return bound;
        }
        List<ListenerConfig> advertised = parse(ADVERTISED_LISTENERS);
        for (ListenerConfig listener : advertised) {
            if (bound.stream().noneMatch(other -> other.name().equals(listener.name()))) {
                throw values.refuse(
                        ADVERTISED_LISTENERS, "must name listeners of listeners only, which lacks " + listener.name());
            }
            if (listener.host().equals("0.0.0.0") || listener.host().equals("::")) {
                throw values.refuse(
                        ADVERTISED_LISTENERS, "must not name " + listener.host() + ", to which nobody can connect");
            }
        }
        return advertised;
    }

    /** The name of the listener that other brokers use, which must be an advertised one. */
    String interBroker(List<ListenerConfig> advertised) {
        String named = values.optional(INTER_BROKER_LISTENER_NAME);
        Setting<String> setting = named == null ? SECURITY_INTER_BROKER_PROTOCOL : INTER_BROKER_LISTENER_NAME;
        for (ListenerConfig listener : advertised) {
            boolean chosen = named == null
                    ? values.of(SECURITY_INTER_BROKER_PROTOCOL).equals(protocols.get(listener.name()))
                    : named.toUpperCase(Locale.ROOT).equals(listener.name());
            if (chosen) {
                return listener.name();
            }
        }
        throw values.refuse(setting, "must lead to one of the advertised listeners, which are " + advertised);
    }

    /** The name of the listener that the controller and brokers speak to each other at, which must be an advertised one. */
    String controlPlane(List<ListenerConfig> advertised, String interBroker) {
        String named = values.optional(CONTROL_PLANE_LISTENER_NAME);
        if (named == null) {
            return interBroker;
        }
        String name = named.toUpperCase(Locale.ROOT);
        if (advertised.stream().noneMatch(listener -> listener.name().equals(name))) {
            throw values.refuse(
                    CONTROL_PLANE_LISTENER_NAME, "must name one of the advertised listeners, which are " + advertised);
        }
        if (name.equals(interBroker)) {
            throw values.refuse(
                    CONTROL_PLANE_LISTENER_NAME,
                    "must not name the listener between brokers, which is " + interBroker
                            + "; leave it out to have the controller use that one");
        }
        return name;
    }

    private List<ListenerConfig> parse(Setting<String> setting) {
        List<ListenerConfig> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String item : values.of(setting).split(",", -1)) {
            Matcher parts = LISTENER.matcher(item.trim());
            if (!parts.matches() || Integer.parseInt(parts.group(3)) > 65535) {
                throw values.refuse(setting, "must be NAME://host:port between commas, with a port from 0 to 65535");
            }
            String name = parts.group(1).toUpperCase(Locale.ROOT);
            if (!names.add(name)) {
                throw values.refuse(setting, "must not use the name " + name + " twice");
            }
            String host = parts.group(2);
            String address = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            listeners.add(new ListenerConfig(name, address, Integer.parseInt(parts.group(3))));
        }
        return listeners;
    }

    private Map<String, String> protocols() {
        Map<String, String> byListener = new HashMap<>();
        for (String item : values.of(LISTENER_SECURITY_PROTOCOL_MAP).split(",")) {
            int colon = item.indexOf(':');
            if (colon < 1) {
                throw values.refuse(LISTENER_SECURITY_PROTOCOL_MAP, "must be NAME:PROTOCOL between commas");
            }
            byListener.put(
                    item.substring(0, colon).trim().toUpperCase(Locale.ROOT),
                    item.substring(colon + 1).trim().toUpperCase(Locale.ROOT));
        }
        return byListener;
    }
}

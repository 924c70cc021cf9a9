package io.millrace.broker.config;

/**
 * A door of the broker: one entry of {@code listeners}.
 *
 * @param name of the listener, in upper case
 * @param host address or host name to bind to; empty binds to every address
 * @param port 0 to 65535; 0 takes any free port
 */
public record ListenerConfig(String name, String host, int port) {

    public ListenerConfig {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("listeners: a listener has no name");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException(
                    "listeners: port " + port + " of listener " + name + " must be between 0 and 65535");
        }
    }

    @Override
    public String toString() {
        return name + "://" + host + ":" + port;
    }
}

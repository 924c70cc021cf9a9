package io.millrace.broker.metadata;

/**
 * A door of a broker as others find it.
 *
 * @param listener its name, in upper case
 * @param securityProtocol what is spoken there
 * @param host name or address under which clients reach it, never empty
 * @param port 1 to 65535
 */
public record Endpoint(String listener, SecurityProtocol securityProtocol, String host, int port) {

    @Override
    public String toString() {
        return listener + "://" + host + ":" + port;
    }
}

package io.millrace.client.net;

/**
 * How to treat one connection.
 *
 * @param clientId goes into every request header
 * @param requestTimeoutMs how long an answer may take when the call does not say; the connection is closed after that
 * @param connectTimeoutMs how long one attempt to connect, or to agree on versions, may take
 * @param maxInFlight requests sent and not yet answered, 1 or more; what comes on top waits in the connection
 * @param maxWaiting requests that may wait in the connection; one more fails, since a caller that never looks at answers
 *     would fill the memory
 * @param maxResponseBytes the longest answer accepted, so that four mangled bytes do not allocate gigabytes
 * @param sendBufferBytes of the socket; -1 leaves it to the system
 * @param receiveBufferBytes of the socket; -1 leaves it to the system
 * @param reconnect the pace of {@link ConnectionPool}
 */
public record ConnectionConfig(
        String clientId,
        int requestTimeoutMs,
        int connectTimeoutMs,
        int maxInFlight,
        int maxWaiting,
        int maxResponseBytes,
        int sendBufferBytes,
        int receiveBufferBytes,
        Backoff reconnect) {

    /** Twice the largest fetch that Kafka's clients ask for by default, and a little. */
    public static final int DEFAULT_MAX_RESPONSE_BYTES = 128 << 20;

    private static final int DEFAULT_MAX_WAITING = 10_000;

    /** Kafka's defaults for a client of this name. */
    public static ConnectionConfig defaults(String clientId) {
        return new ConnectionConfig(
                clientId,
                30_000,
                10_000,
                100,
                DEFAULT_MAX_WAITING,
                DEFAULT_MAX_RESPONSE_BYTES,
                128 << 10,
                -1,
                new Backoff(50, 1_000));
    }

    public ConnectionConfig withTimeouts(int requestTimeoutMs, int connectTimeoutMs) {
        return copy(requestTimeoutMs, connectTimeoutMs, maxInFlight, sendBufferBytes, receiveBufferBytes, reconnect);
    }

    public ConnectionConfig withBuffers(int sendBufferBytes, int receiveBufferBytes) {
        return copy(requestTimeoutMs, connectTimeoutMs, maxInFlight, sendBufferBytes, receiveBufferBytes, reconnect);
    }

    public ConnectionConfig withReconnect(Backoff reconnect) {
        return copy(requestTimeoutMs, connectTimeoutMs, maxInFlight, sendBufferBytes, receiveBufferBytes, reconnect);
    }

    public ConnectionConfig withMaxInFlight(int maxInFlight) {
        return copy(requestTimeoutMs, connectTimeoutMs, maxInFlight, sendBufferBytes, receiveBufferBytes, reconnect);
    }

    public ConnectionConfig withClientId(String clientId) {
        return new ConnectionConfig(
                clientId,
                requestTimeoutMs,
                connectTimeoutMs,
                maxInFlight,
                maxWaiting,
                maxResponseBytes,
                sendBufferBytes,
                receiveBufferBytes,
                reconnect);
    }

    private ConnectionConfig copy(
            int requestTimeoutMs,
            int connectTimeoutMs,
            int maxInFlight,
            int sendBufferBytes,
            int receiveBufferBytes,
            Backoff reconnect) {
        return new ConnectionConfig(
                clientId,
                requestTimeoutMs,
                connectTimeoutMs,
                maxInFlight,
                maxWaiting,
                maxResponseBytes,
                sendBufferBytes,
                receiveBufferBytes,
                reconnect);
    }
}

package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;

/**
 * Answers one API. There is one instance a broker, called on the event loops of all connections, so it holds no state of a
 * request and never waits: what takes time goes on elsewhere and answers through the {@link RequestContext} later.
 */
public interface ApiHandler {

    /** The API that it answers. */
    ApiKey apiKey();

    /** The oldest version it answers. */
    default short lowestVersion() {
        return apiKey().lowestVersion();
    }

    /** The newest version it answers. */
    default short highestVersion() {
        return apiKey().highestVersion();
    }

    /**
     * Takes a request on. It must see to it that the context is answered exactly once, now or later.
     *
     * @throws io.millrace.protocol.wire.WireException if the body is malformed; the connection is then closed
     */
    void handle(RequestContext context);
}

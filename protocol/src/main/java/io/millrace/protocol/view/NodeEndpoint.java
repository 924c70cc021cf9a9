package io.millrace.protocol.view;

import org.jspecify.annotations.Nullable;

/**
 * Where a broker can be reached; told along with an error that says another broker leads.
 *
 * @param host name or address, at most 32767 bytes of UTF-8
 * @param rack or null
 */
public record NodeEndpoint(
        int nodeId, String host, int port, @Nullable String rack) {}

package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ApiVersions;
import io.millrace.protocol.message.ApiVersions.Response.ApiVersion;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The APIs that this broker answers: the requests are dispatched by it, and the answer to ApiVersions is derived from it, so
 * that the two cannot differ. Immutable.
 */
public final class ApiRegistry {
    private final Map<ApiKey, ApiHandler> handlers = new EnumMap<>(ApiKey.class);
    private final List<ApiVersion> versions = new ArrayList<>();

    /**
     * Registers these handlers, and one that answers ApiVersions with all of them.
     *
     * @throws IllegalArgumentException if two answer the same API, or one answers a version that its API does not have
     */
    public ApiRegistry(List<ApiHandler> handlers) {
        for (ApiHandler handler : handlers) {
            register(handler);
        }
        register(new ApiVersionsHandler(this));
        this.handlers.values().forEach(handler -> versions.add(versionsOf(handler)));
    }

    /** The handler of this API, or null. */
    public @Nullable ApiHandler handler(ApiKey key) {
        return handlers.get(key);
    }

    /** What this broker answers, by rising number of the API. */
    public List<ApiVersion> versions() {
        return versions;
    }

    /**
     * The answer to ApiVersions in a version that is not known here, to be sent in version 0: the one version that any client
     * can read. It holds no entry but that of ApiVersions itself, from which the client takes a version to ask again with.
     */
    public ApiVersions.Response unsupportedApiVersions() {
        ApiVersions.Response response = new ApiVersions.Response();
        response.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
        response.apiKeys = versions.stream()
                .filter(entry -> entry.apiKey == ApiKey.API_VERSIONS.id())
                .toList();
        return response;
    }

    private void register(ApiHandler handler) {
        ApiKey key = handler.apiKey();
        if (handlers.putIfAbsent(key, handler) != null) {
            throw new IllegalArgumentException("Two handlers answer " + key);
        }
        if (!key.hasVersion(handler.lowestVersion()) || !key.hasVersion(handler.highestVersion())) {
            throw new IllegalArgumentException("The handler of " + key + " answers versions " + handler.lowestVersion()
                    + " to " + handler.highestVersion() + ", which are not all defined");
        }
    }

    private static ApiVersion versionsOf(ApiHandler handler) {
        ApiVersion version = new ApiVersion();
        version.apiKey = handler.apiKey().id();
        version.minVersion = handler.lowestVersion();
        version.maxVersion = handler.highestVersion();
        return version;
    }
}

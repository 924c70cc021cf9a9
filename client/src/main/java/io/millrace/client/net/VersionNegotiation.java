package io.millrace.client.net;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ApiVersions;
import java.nio.ByteBuffer;

/**
 * The first exchange on a connection: asks which versions the broker speaks. A broker that does not know our version of
 * this very request answers in version 0 with an error, and is asked again in the version it names there.
 */
final class VersionNegotiation {
    private static final String SOFTWARE_NAME = "millrace";

    private final BrokerConnection connection;
    private final int timeoutMs;

    VersionNegotiation(BrokerConnection connection, int timeoutMs) {
        this.connection = connection;
        this.timeoutMs = timeoutMs;
    }

    void start() {
        ask(ApiKey.API_VERSIONS.highestVersion(), true);
    }

    private void ask(int version, boolean firstTime) {
        ApiVersions.Request request = new ApiVersions.Request();
        request.clientSoftwareName = SOFTWARE_NAME;
        request.clientSoftwareVersion = softwareVersion();
        connection
                .sendAhead(Call.of(request, ApiVersions.Response::new)
                        .versions(0, version)
                        .timeoutMs(timeoutMs))
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        connection.closeNow("it did not tell its versions", failure);
                    } else {
                        onAnswer(response, firstTime);
                    }
                });
    }

    private void onAnswer(ApiVersions.Response response, boolean firstTime) {
        ErrorCode error = ErrorCode.of(response.errorCode);
        if (error == ErrorCode.NONE) {
            connection.onVersions(new SupportedVersions(response));
        } else if (error == ErrorCode.UNSUPPORTED_VERSION && firstTime) {
            ask(highestCommonVersion(response), false);
        } else {
            connection.closeNow("it refused to tell its versions with " + error, null);
        }
    }

    private static int highestCommonVersion(ApiVersions.Response response) {
        for (ApiVersions.Response.ApiVersion api : response.apiKeys) {
            if (api.apiKey == ApiKey.API_VERSIONS.id()) {
                return Math.min(api.maxVersion, ApiKey.API_VERSIONS.highestVersion());
            }
        }
        return 0;
    }

    /** The version an answer is encoded in, which is that of the request but for an ApiVersions answer that refuses it. */
    static int responseVersion(ApiKey key, int requestVersion, ByteBuffer body) {
        boolean refused = key == ApiKey.API_VERSIONS
                && body.remaining() >= Short.BYTES
                && body.getShort(body.position()) == ErrorCode.UNSUPPORTED_VERSION.code();
        return refused ? 0 : requestVersion;
    }

    private static String softwareVersion() {
        String version = VersionNegotiation.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}

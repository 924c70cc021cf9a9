package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ApiVersions;
import java.util.regex.Pattern;

/**
 * Answers ApiVersions with what the {@link ApiRegistry} holds. No features are supported and none is final: like Kafka's
 * brokers in ZooKeeper mode, this one is known by the versions of its APIs alone.
 */
final class ApiVersionsHandler extends MessageHandler<ApiVersions.Request> {
    /** Name and version of the client's software: letters, digits, dashes and dots, no dash or dot at either end. */
    private static final Pattern SOFTWARE = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");

    /** The epoch of an empty set of final features, as Kafka 3.9 in ZooKeeper mode gives it. */
    private static final long NO_FEATURES_EPOCH = 0;

    private final ApiRegistry registry;

    ApiVersionsHandler(ApiRegistry registry) {
        super(ApiKey.API_VERSIONS, ApiVersions.Request::new);
        this.registry = registry;
    }

    @Override
    protected void handle(ApiVersions.Request request, RequestContext context) {
        ApiVersions.Response response = new ApiVersions.Response();
        if (context.apiVersion() >= 3
                && !(isSoftware(request.clientSoftwareName) && isSoftware(request.clientSoftwareVersion))) {
            response.errorCode = ErrorCode.INVALID_REQUEST.code();
        } else {
            response.apiKeys = registry.versions();
            response.finalizedFeaturesEpoch = NO_FEATURES_EPOCH;
        }
        context.respond(response);
    }

    private static boolean isSoftware(String text) {
        return SOFTWARE.matcher(text).matches();
    }
}

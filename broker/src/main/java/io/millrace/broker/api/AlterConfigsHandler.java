package io.millrace.broker.api;

import io.millrace.broker.admin.ConfigAdmin;
import io.millrace.broker.admin.ConfigResource;
import io.millrace.broker.controller.ApiError;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.AlterConfigs;
import io.millrace.protocol.message.AlterConfigs.Request.AlterConfigsResource;
import io.millrace.protocol.message.AlterConfigs.Response.AlterConfigsResourceResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Answers AlterConfigs, which replaces all configs of a resource by those it names. */
public final class AlterConfigsHandler extends MessageHandler<AlterConfigs.Request> {
    private final ConfigAdmin configs;
    private final Executor thread;

    /** @param thread may wait for ZooKeeper */
    public AlterConfigsHandler(ConfigAdmin configs, Executor thread) {
        super(ApiKey.ALTER_CONFIGS, AlterConfigs.Request::new);
        this.configs = configs;
        this.thread = thread;
    }

    @Override
    protected void handle(AlterConfigs.Request request, RequestContext context) {
        Guarded.on(thread, context, () -> {
            AlterConfigs.Response response = new AlterConfigs.Response();
            response.responses = request.resources.stream()
                    .map(resource -> result(resource, alter(resource, request.validateOnly)))
                    .toList();
            context.respond(response);
        });
    }

    private ApiError alter(AlterConfigsResource resource, boolean validateOnly) {
        Map<String, @Nullable String> wanted = new LinkedHashMap<>();
        resource.configs.forEach(config -> wanted.put(config.name, config.value));
        if (wanted.size() < resource.configs.size()) {
            return new ApiError(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys");
        }
        return configs.replace(new ConfigResource(resource.resourceType, resource.resourceName), wanted, validateOnly);
    }

    private static AlterConfigsResourceResponse result(AlterConfigsResource resource, ApiError error) {
        AlterConfigsResourceResponse result = new AlterConfigsResourceResponse();
        result.resourceType = resource.resourceType;
        result.resourceName = resource.resourceName;
        result.errorCode = error.code().code();
        result.errorMessage = error.message();
        return result;
    }
}

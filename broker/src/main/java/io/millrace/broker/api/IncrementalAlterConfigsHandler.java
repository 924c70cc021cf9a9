package io.millrace.broker.api;

import io.millrace.broker.admin.ConfigAdmin;
import io.millrace.broker.admin.ConfigChange;
import io.millrace.broker.admin.ConfigChange.Operation;
import io.millrace.broker.admin.ConfigResource;
import io.millrace.broker.controller.ApiError;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.IncrementalAlterConfigs;
import io.millrace.protocol.message.IncrementalAlterConfigs.Request.AlterConfigsResource;
import io.millrace.protocol.message.IncrementalAlterConfigs.Request.AlterableConfig;
import io.millrace.protocol.message.IncrementalAlterConfigs.Response.AlterConfigsResourceResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** Answers IncrementalAlterConfigs, which changes the configs that it names and leaves the others. */
public final class IncrementalAlterConfigsHandler extends MessageHandler<IncrementalAlterConfigs.Request> {
    private final ConfigAdmin configs;
    private final Executor thread;

    /** @param thread may wait for ZooKeeper */
    public IncrementalAlterConfigsHandler(ConfigAdmin configs, Executor thread) {
        super(ApiKey.INCREMENTAL_ALTER_CONFIGS, IncrementalAlterConfigs.Request::new);
        this.configs = configs;
        this.thread = thread;
    }

    @Override
    protected void handle(IncrementalAlterConfigs.Request request, RequestContext context) {
        Guarded.on(thread, context, () -> {
            IncrementalAlterConfigs.Response response = new IncrementalAlterConfigs.Response();
            response.responses = request.resources.stream()
                    .map(resource -> result(resource, alter(resource, request.validateOnly)))
                    .toList();
            context.respond(response);
        });
    }

    private ApiError alter(AlterConfigsResource resource, boolean validateOnly) {
        List<ConfigChange> changes = new ArrayList<>();
        for (AlterableConfig config : resource.configs) {
            Operation operation = Operation.of(config.configOperation);
            if (operation == null) {
                return new ApiError(
                        ErrorCode.INVALID_REQUEST,
                        "Unknown operation " + config.configOperation + " for config " + config.name);
            }
            changes.add(new ConfigChange(config.name, operation, config.value));
        }
        return configs.alter(new ConfigResource(resource.resourceType, resource.resourceName), changes, validateOnly);
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

package io.millrace.broker.api;

import io.millrace.broker.admin.ConfigAdmin;
import io.millrace.broker.admin.ConfigResource;
import io.millrace.broker.admin.DescribedConfig;
import io.millrace.broker.config.LiveBrokerConfig.Source;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.DescribeConfigs;
import io.millrace.protocol.message.DescribeConfigs.Request.DescribeConfigsResource;
import io.millrace.protocol.message.DescribeConfigs.Response.DescribeConfigsResourceResult;
import io.millrace.protocol.message.DescribeConfigs.Response.DescribeConfigsResult;
import io.millrace.protocol.message.DescribeConfigs.Response.DescribeConfigsSynonym;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** Answers DescribeConfigs for topics and for this broker. */
public final class DescribeConfigsHandler extends MessageHandler<DescribeConfigs.Request> {
    private final ConfigAdmin configs;
    private final Executor thread;

    /** @param thread may wait for ZooKeeper */
    public DescribeConfigsHandler(ConfigAdmin configs, Executor thread) {
        super(ApiKey.DESCRIBE_CONFIGS, DescribeConfigs.Request::new);
        this.configs = configs;
        this.thread = thread;
    }

    @Override
    protected void handle(DescribeConfigs.Request request, RequestContext context) {
        Guarded.on(thread, context, () -> {
            DescribeConfigs.Response response = new DescribeConfigs.Response();
            response.results = request.resources.stream()
                    .map(resource -> describe(resource, request, context.apiVersion()))
                    .toList();
            context.respond(response);
        });
    }

    private DescribeConfigsResult describe(
            DescribeConfigsResource resource, DescribeConfigs.Request request, short version) {
        DescribeConfigsResult result = new DescribeConfigsResult();
        result.resourceType = resource.resourceType;
        result.resourceName = resource.resourceName;
        try {
            List<DescribeConfigsResourceResult> described = new ArrayList<>();
            for (DescribedConfig config :
                    configs.describe(new ConfigResource(resource.resourceType, resource.resourceName))) {
                if (resource.configurationKeys == null || resource.configurationKeys.contains(config.name())) {
                    described.add(describe(config, request, version));
                }
            }
            result.configs = described;
        } catch (ConfigAdmin.Refusal e) {
            result.errorCode = e.error().code().code();
            result.errorMessage = e.error().message();
        }
        return result;
    }

    private static DescribeConfigsResourceResult describe(
            DescribedConfig config, DescribeConfigs.Request request, short version) {
        DescribeConfigsResourceResult described = new DescribeConfigsResourceResult();
        described.name = config.name();
        described.value = config.value();
        described.readOnly = config.readOnly();
        // Later versions name the source instead.
        described.isDefault = version == 0 && config.source() == Source.DEFAULT.code();
        described.configSource = config.source();
        described.configType = config.type();
        described.documentation = request.includeDocumentation ? config.documentation() : null;
        if (request.includeSynonyms) {
            described.synonyms = config.synonyms().stream()
                    .map(synonym -> {
                        DescribeConfigsSynonym each = new DescribeConfigsSynonym();
                        each.name = synonym.name();
                        each.value = synonym.value();
                        each.source = synonym.source();
                        return each;
                    })
                    .toList();
        }
        return described;
    }
}

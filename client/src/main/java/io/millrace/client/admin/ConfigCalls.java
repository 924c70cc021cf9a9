package io.millrace.client.admin;

import io.millrace.client.net.Call;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.DescribeConfigs;
import io.millrace.protocol.message.IncrementalAlterConfigs;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Configurations: what is configured for a broker is known to that broker, everything else to any. Any thread. */
public final class ConfigCalls {
    private final AdminLink link;

    public ConfigCalls(AdminLink link) {
        this.link = link;
    }

    public CompletableFuture<Outcomes<ConfigResource, List<ConfigEntry>>> describe(
            Collection<ConfigResource> resources, boolean documentation) {
        return link.askAt(resources, ConfigResource::broker, (node, mine) -> {
            DescribeConfigs.Request request = new DescribeConfigs.Request();
            request.includeSynonyms = true;
            request.includeDocumentation = documentation;
            request.resources = mine.stream().map(ConfigCalls::described).toList();
            // Source and sensitivity of a value come with version 1, its documentation with version 3.
            return link.client()
                    .send(
                            node,
                            Call.of(request, DescribeConfigs.Response::new)
                                    .versions(documentation ? 3 : 1, ApiKey.DESCRIBE_CONFIGS.highestVersion()))
                    .thenApply(response -> {
                        Outcomes<ConfigResource, List<ConfigEntry>> outcomes = new Outcomes<>();
                        for (DescribeConfigs.Response.DescribeConfigsResult result : response.results) {
                            ConfigResource resource = ConfigResource.of(result.resourceType, result.resourceName);
                            String what = "Cannot describe the configuration of " + resource;
                            List<ConfigEntry> entries = result.configs.stream()
                                    .map(ConfigCalls::entry)
                                    .toList();
                            outcomes.note(resource, entries, result.errorCode, result.errorMessage, what);
                        }
                        return outcomes;
                    });
        });
    }

    private static DescribeConfigs.Request.DescribeConfigsResource described(ConfigResource resource) {
        DescribeConfigs.Request.DescribeConfigsResource wanted = new DescribeConfigs.Request.DescribeConfigsResource();
        wanted.resourceType = resource.type().id();
        wanted.resourceName = resource.name();
        wanted.configurationKeys = null;
        return wanted;
    }

    private static ConfigEntry entry(DescribeConfigs.Response.DescribeConfigsResourceResult config) {
        List<ConfigEntry.Synonym> synonyms = config.synonyms.stream()
                .map(synonym ->
                        new ConfigEntry.Synonym(synonym.name, synonym.value, ConfigEntry.Source.of(synonym.source)))
                .toList();
        String documentation = config.documentation;
        return new ConfigEntry(
                config.name,
                config.value,
                ConfigEntry.Source.of(config.configSource),
                config.readOnly,
                config.isSensitive,
                ConfigEntry.Type.of(config.configType),
                synonyms,
                documentation == null || documentation.isEmpty() ? null : documentation);
    }

    public CompletableFuture<Outcomes<ConfigResource, Void>> alter(
            Map<ConfigResource, ? extends Collection<ConfigChange>> changes, boolean validateOnly) {
        return link.askAt(changes.keySet(), ConfigResource::broker, (node, mine) -> {
            IncrementalAlterConfigs.Request request = new IncrementalAlterConfigs.Request();
            request.validateOnly = validateOnly;
            request.resources = mine.stream()
                    .map(resource -> altered(resource, changes.get(resource)))
                    .toList();
            return link.client()
                    .send(node, Call.of(request, IncrementalAlterConfigs.Response::new))
                    .thenApply(response -> {
                        Outcomes<ConfigResource, Void> outcomes = new Outcomes<>();
                        for (IncrementalAlterConfigs.Response.AlterConfigsResourceResponse result :
                                response.responses) {
                            ConfigResource resource = ConfigResource.of(result.resourceType, result.resourceName);
                            String what = "Cannot change the configuration of " + resource;
                            outcomes.note(resource, null, result.errorCode, result.errorMessage, what);
                        }
                        return outcomes;
                    });
        });
    }

    private static IncrementalAlterConfigs.Request.AlterConfigsResource altered(
            ConfigResource resource, @Nullable Collection<ConfigChange> changes) {
        IncrementalAlterConfigs.Request.AlterConfigsResource wanted =
                new IncrementalAlterConfigs.Request.AlterConfigsResource();
        wanted.resourceType = resource.type().id();
        wanted.resourceName = resource.name();
        wanted.configs = (changes == null ? List.<ConfigChange>of() : changes)
                .stream()
                        .map(change -> {
                            IncrementalAlterConfigs.Request.AlterableConfig config =
                                    new IncrementalAlterConfigs.Request.AlterableConfig();
                            config.name = change.name();
                            config.configOperation = (byte) change.operation().ordinal();
                            config.value = change.value();
                            return config;
                        })
                        .toList();
        return wanted;
    }
}

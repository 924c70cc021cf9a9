package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.ConfigChange;
import io.millrace.client.admin.ConfigEntry;
import io.millrace.client.admin.ConfigEntry.Source;
import io.millrace.client.admin.ConfigResource;
import io.millrace.client.net.Node;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code configs.sh}: shows and changes settings of topics and brokers, as Kafka's {@code ConfigCommand} does. */
@Command(
        description = "Shows and changes the settings of topics and brokers while they run.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  configs.sh --bootstrap-server localhost:9092 --describe --topic clicks --all",
            "  configs.sh --bootstrap-server localhost:9092 --alter --topic clicks --add-config retention.ms=86400000",
            "  configs.sh --bootstrap-server localhost:9092 --alter --topic clicks --add-config 'cleanup.policy=[compact,delete]'",
            "  configs.sh --bootstrap-server localhost:9092 --describe --entity-type brokers --entity-default"
        })
final class ConfigsTool extends AdminTool {
    private static final String TOPICS = "topics";
    private static final String BROKERS = "brokers";
    private static final Set<String> QUOTAS = Set.of("clients", "users", "ips", "client-metrics", "broker-loggers");

    @Option(names = "--describe", description = "Show settings.")
    private boolean describe;

    @Option(names = "--alter", description = "Change settings.")
    private boolean alter;

    @Option(names = "--all", description = "Show also what nobody has set.")
    private boolean all;

    @Option(names = "--entity-type", paramLabel = "TYPE", description = "topics or brokers.")
    private @Nullable String entityType;

    @Option(names = "--entity-name", paramLabel = "NAME", description = "Name of the topic, or id of the broker.")
    private @Nullable String entityName;

    @Option(names = "--entity-default", description = "What holds for all brokers.")
    private boolean entityDefault;

    @Option(
            names = "--topic",
            paramLabel = "TOPIC",
            description = "Short for --entity-type topics --entity-name TOPIC.")
    private @Nullable String topic;

    @Option(names = "--broker", paramLabel = "ID", description = "Short for --entity-type brokers --entity-name ID.")
    private @Nullable String broker;

    @Option(names = "--broker-defaults", description = "Short for --entity-type brokers --entity-default.")
    private boolean brokerDefaults;

    @Option(
            names = "--add-config",
            paramLabel = "KEY=VALUE,...",
            description = "What to set; a value with commas stands in square brackets.")
    private @Nullable String addConfig;

    @Option(names = "--add-config-file", paramLabel = "FILE", description = "What to set, as a properties file.")
    private @Nullable Path addConfigFile;

    @Option(names = "--delete-config", paramLabel = "KEY,...", split = ",", description = "What to set no longer.")
    private List<String> deleteConfig = new ArrayList<>();

    @Option(names = "--force", description = "Accepted for Kafka's sake; nothing is ever asked.")
    private boolean force;

    @Override
    void checkOptions() {
        requireOneAction(List.of(describe, alter), "Command must include exactly one action: --describe, --alter");
        if (describe) {
            refuse(addConfig != null, "describe", "add-config");
            refuse(addConfigFile != null, "describe", "add-config-file");
            refuse(!deleteConfig.isEmpty(), "describe", "delete-config");
        }
        if (topic != null || broker != null || brokerDefaults) {
            requireOneEntity();
            entityType = topic != null ? TOPICS : BROKERS;
            entityName = topic != null ? topic : broker;
            entityDefault |= brokerDefaults;
        }
        if (entityType == null) {
            throw new ToolFailure("At least one entity type must be specified");
        }
        if (QUOTAS.contains(entityType)) {
            throw new ToolFailure("Settings of " + entityType
                    + " cannot be shown or changed here; this tool knows those of " + "topics and brokers");
        }
        if (!entityType.equals(TOPICS) && !entityType.equals(BROKERS)) {
            throw new ToolFailure(
                    "Invalid entity type " + entityType + ", the entity type must be one of topics, brokers");
        }
        if (alter && addConfig == null && addConfigFile == null && deleteConfig.isEmpty()) {
            throw new ToolFailure(
                    "At least one of --add-config, --add-config-file, or --delete-config must be specified "
                            + "with --alter");
        }
        if (addConfig != null && addConfigFile != null) {
            throw new ToolFailure("Only one of --add-config or --add-config-file must be specified");
        }
        if (entityDefault && ofTopics()) {
            throw new ToolFailure("There are no defaults of topics to show or to change: what holds for topics without"
                    + " settings of their own is set with --broker-defaults");
        }
        if (entityName != null && entityDefault) {
            throw new ToolFailure("--entity-name names one broker and --entity-default means all: give one of them");
        }
        if (alter && entityName == null && !entityDefault) {
            throw new ToolFailure(
                    ofTopics()
                            ? "an entity name must be specified with --alter of topics: --entity-name or --topic"
                            : "an entity-name or default entity must be specified with --alter of brokers:"
                                    + " --entity-name, --entity-default or their short forms");
        }
        if (entityName != null && entityType.equals(BROKERS) && !entityName.isEmpty()) {
            Numbers.integer(entityName, "broker id");
        }
    }

    /** A short form says all there is to say of what is meant: with another next to it, one would be passed over in silence. */
    private void requireOneEntity() {
        if (entityType != null || entityName != null || entityDefault) {
            throw new ToolFailure(
                    "--entity-{type,name,default} should not be used in conjunction with specific entity flags");
        }
        if (topic != null && (broker != null || brokerDefaults)) {
            throw new ToolFailure("--topic cannot be used with --broker or --broker-defaults: change one at a time");
        }
        if (broker != null && brokerDefaults) {
            throw new ToolFailure("Duplicate entity type(s) specified: brokers");
        }
    }

    private boolean ofTopics() {
        return TOPICS.equals(entityType);
    }

    @Override
    int run(Admin admin) {
        if (describe) {
            describe(admin);
        } else {
            alter(
                    admin,
                    new ConfigResource(
                            ofTopics() ? ConfigResource.Type.TOPIC : ConfigResource.Type.BROKER,
                            entityName == null ? "" : entityName));
        }
        return 0;
    }

    private void describe(Admin admin) {
        List<ConfigResource> wanted = new ArrayList<>();
        if (entityDefault) {
            wanted.add(ConfigResource.allBrokers());
        } else if (ofTopics()) {
            List<String> names = entityName != null ? List.of(entityName) : List.copyOf(await(admin.listTopics()));
            names.forEach(name -> wanted.add(ConfigResource.topic(name)));
        } else if (entityName != null) {
            wanted.add(new ConfigResource(ConfigResource.Type.BROKER, entityName));
        } else {
            for (Node node : await(admin.describeCluster()).brokers()) {
                wanted.add(ConfigResource.broker(node.id()));
            }
            wanted.add(ConfigResource.allBrokers());
        }
        List<Map<String, Object>> documents = new ArrayList<>();
        for (ConfigResource resource : wanted) {
            if (!asJson()) {
                line(heading(resource));
            }
            List<ConfigEntry> entries = await(admin.describeConfigs(List.of(resource))).get(resource).stream()
                    .filter(entry -> all || entry.source() == dynamicSource(resource))
                    .sorted(java.util.Comparator.comparing(ConfigEntry::name))
                    .toList();
            if (asJson()) {
                documents.add(document(resource, entries));
            } else if (screen().isTerminal()) {
                table(entries);
            } else {
                entries.forEach(entry -> line("  " + entry.name() + "=" + entry.value() + " sensitive="
                        + entry.sensitive() + " synonyms={" + synonyms(entry) + "}"));
            }
        }
        if (asJson()) {
            line(Json.write(documents));
        }
    }

    private static String synonyms(ConfigEntry entry) {
        return entry.synonyms().stream()
                .map(synonym -> synonym.source() + ":" + synonym.name() + "=" + synonym.value())
                .collect(Collectors.joining(", "));
    }

    private void table(List<ConfigEntry> entries) {
        TextTable table = new TextTable("SETTING", "VALUE", "FROM");
        entries.forEach(entry ->
                table.row(entry.name(), entry.sensitive() ? "(kept back)" : entry.value() + "", entry.source()));
        if (!entries.isEmpty()) {
            table.print(screen());
        }
    }

    private Map<String, Object> document(ConfigResource resource, List<ConfigEntry> entries) {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (ConfigEntry entry : entries) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("value", entry.value() == null ? "" : entry.value());
            one.put("source", entry.source().name());
            one.put("sensitive", entry.sensitive());
            one.put("readOnly", entry.readOnly());
            settings.put(entry.name(), one);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("entityType", entityType);
        document.put("entityName", resource.name());
        document.put("configs", settings);
        return document;
    }

    private static Source dynamicSource(ConfigResource resource) {
        return resource.type() == ConfigResource.Type.TOPIC
                ? Source.DYNAMIC_TOPIC_CONFIG
                : resource.name().isEmpty() ? Source.DYNAMIC_DEFAULT_BROKER_CONFIG : Source.DYNAMIC_BROKER_CONFIG;
    }

    private String heading(ConfigResource resource) {
        return isDefaults(resource)
                ? "Default configs for " + entityType + " in the cluster are:"
                : (all ? "All" : "Dynamic") + " configs for " + singular() + " " + resource.name() + " are:";
    }

    private static boolean isDefaults(ConfigResource resource) {
        return resource.type() == ConfigResource.Type.BROKER && resource.name().isEmpty();
    }

    private String singular() {
        return ofTopics() ? "topic" : "broker";
    }

    private void alter(Admin admin, ConfigResource resource) {
        Map<String, String> added = new TreeMap<>();
        if (addConfig != null) {
            added.putAll(parse(addConfig));
        } else if (addConfigFile != null) {
            properties(addConfigFile).forEach((key, value) -> added.put((String) key, (String) value));
        }
        List<String> deleted = deleteConfig.stream().map(String::trim).toList();
        Set<String> present = await(admin.describeConfigs(List.of(resource))).get(resource).stream()
                .filter(entry -> entry.source() == dynamicSource(resource))
                .map(ConfigEntry::name)
                .collect(Collectors.toSet());
        List<String> absent =
                deleted.stream().filter(key -> !present.contains(key)).toList();
        if (!absent.isEmpty()) {
            throw new ToolFailure("Invalid config(s): " + String.join(",", absent));
        }
        List<ConfigChange> changes = new ArrayList<>();
        added.forEach((key, value) -> changes.add(ConfigChange.set(key, value)));
        deleted.forEach(key -> changes.add(ConfigChange.delete(key)));
        await(admin.alterConfigs(resource, changes));
        print(
                () -> Map.of("updated", resource.name(), "set", added, "deleted", deleted),
                () -> line(
                        isDefaults(resource)
                                ? "Completed updating default config for " + entityType + " in the cluster."
                                : "Completed updating config for " + singular() + " " + resource.name() + "."));
    }

    /** {@code a=1,b=[2,3]}: commas between brackets belong to the value. */
    static Map<String, String> parse(String text) {
        String outsideBrackets = "(?=[^\\]]*(?:\\[|$))";
        Map<String, String> settings = new TreeMap<>();
        for (String assignment : text.split("," + outsideBrackets)) {
            String[] pair = assignment.split("\\s*=\\s*" + outsideBrackets, -1);
            if (pair.length != 2) {
                throw new ToolFailure(
                        "requirement failed: Invalid entity config: all configs to be added must be in the "
                                + "format \"key=val\".");
            }
            settings.put(pair[0].trim(), pair[1].replaceAll("\\[?\\]?", "").trim());
        }
        return settings;
    }
}

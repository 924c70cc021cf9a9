package io.millrace.client.admin;

import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Node;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ApiVersions;
import io.millrace.protocol.message.DescribeLogDirs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The cluster as a whole, and what each broker knows of itself. Any thread. */
public final class BrokerCalls {
    private final AdminLink link;

    public BrokerCalls(AdminLink link) {
        this.link = link;
    }

    public CompletableFuture<ClusterDescription> describeCluster() {
        return link.metadata(List.of()).thenApply(response -> {
            ClusterSnapshot cluster = ClusterSnapshot.of(response);
            List<Node> brokers = cluster.nodes().stream()
                    .sorted(Comparator.comparingInt(Node::id))
                    .toList();
            return new ClusterDescription(String.valueOf(response.clusterId), cluster.controller(), brokers);
        });
    }

    /** @param brokers null for all */
    public CompletableFuture<Outcomes<Integer, List<LogDir>>> logDirs(
            @Nullable Collection<Integer> brokers, @Nullable Collection<TopicPartition> partitions) {
        DescribeLogDirs.Request request = new DescribeLogDirs.Request();
        request.topics = partitions == null
                ? null
                : AdminLink.byTopic(partitions, (name, members) -> {
                    DescribeLogDirs.Request.DescribableLogDirTopic topic =
                            new DescribeLogDirs.Request.DescribableLogDirTopic();
                    topic.topic = name;
                    topic.partitions = AdminLink.numbers(members);
                    return topic;
                });
        return known(brokers)
                .thenCompose(ids -> link.askBrokers(
                        ids,
                        (node, mine) -> link.client()
                                .send(node, Call.of(request, DescribeLogDirs.Response::new))
                                .thenApply(response -> {
                                    Outcomes<Integer, List<LogDir>> outcomes = new Outcomes<>();
                                    List<LogDir> dirs = response.results.stream()
                                            .map(BrokerCalls::logDir)
                                            .toList();
                                    String what = "Cannot describe the log directories of " + node;
                                    outcomes.note(node.id(), dirs, response.errorCode, null, what);
                                    return outcomes;
                                })));
    }

    private static LogDir logDir(DescribeLogDirs.Response.DescribeLogDirsResult result) {
        Map<TopicPartition, LogDir.Replica> present = new TreeMap<>(AdminLink.BY_NAME);
        Map<TopicPartition, LogDir.Replica> future = new TreeMap<>(AdminLink.BY_NAME);
        for (DescribeLogDirs.Response.DescribeLogDirsTopic topic : result.topics) {
            for (DescribeLogDirs.Response.DescribeLogDirsPartition partition : topic.partitions) {
                (partition.isFutureKey ? future : present)
                        .put(
                                new TopicPartition(topic.name, partition.partitionIndex),
                                new LogDir.Replica(partition.partitionSize, partition.offsetLag));
            }
        }
        ClientException failure =
                ClientException.in(result.errorCode, null, "The log directory " + result.logDir + " cannot be used");
        return new LogDir(result.logDir, failure, result.totalBytes, result.usableBytes, present, future);
    }

    /** @param brokers null for all */
    public CompletableFuture<Outcomes<Integer, BrokerApis>> apis(@Nullable Collection<Integer> brokers) {
        ApiVersions.Request request = new ApiVersions.Request();
        request.clientSoftwareName = "millrace";
        request.clientSoftwareVersion = "admin";
        return known(brokers)
                .thenCompose(ids -> link.askBrokers(
                        ids,
                        (node, mine) -> link.client()
                                .send(node, Call.of(request, ApiVersions.Response::new))
                                .thenApply(response -> {
                                    Outcomes<Integer, BrokerApis> outcomes = new Outcomes<>();
                                    String what = "Cannot ask " + node + " what it answers";
                                    outcomes.note(node.id(), apis(node, response), response.errorCode, null, what);
                                    return outcomes;
                                })));
    }

    private static BrokerApis apis(Node node, ApiVersions.Response response) {
        List<BrokerApis.Api> apis = new ArrayList<>();
        for (ApiVersions.Response.ApiVersion api : response.apiKeys) {
            apis.add(new BrokerApis.Api(api.apiKey, api.minVersion, api.maxVersion));
        }
        apis.sort(Comparator.comparingInt(BrokerApis.Api::id));
        return new BrokerApis(node, List.copyOf(apis));
    }

    private CompletableFuture<? extends Collection<Integer>> known(@Nullable Collection<Integer> brokers) {
        return brokers == null ? link.brokerIds() : CompletableFuture.completedFuture(List.copyOf(brokers));
    }
}

package io.millrace.client.admin;

import io.millrace.client.net.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster says of itself.
 *
 * <pre>{@code
 * admin.describeCluster().join().brokers().forEach(System.out::println);
 * }</pre>
 *
 * @param clusterId its id
 * @param controller the broker that leads it, or null if there is none just now
 * @param brokers by rising id
 */
public record ClusterDescription(String clusterId, @Nullable Node controller, List<Node> brokers) {}

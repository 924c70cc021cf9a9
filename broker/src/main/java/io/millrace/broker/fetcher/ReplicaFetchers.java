package io.millrace.broker.fetcher;

import io.millrace.broker.config.FetcherConfig;
import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.FollowerFetching;
import io.millrace.broker.replica.FollowerLog;
import io.millrace.broker.replica.Partition;
import io.millrace.client.net.Endpoint;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fetchers of a broker: as many for each leader as configured, with its partitions spread over them; none for a leader
 * that leads nothing here. Called by the thread that applies the controller's requests.
 */
public final class ReplicaFetchers implements FollowerFetching, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetchers.class);

    /** As many as may end at the same time; the oldest of more ended long ago. */
    private static final int MOST_ENDED = 16;

    private final FetcherConfig config;
    private final String interBrokerListener;
    private final MetadataCache metadata;
    private final LongSupplier brokerEpoch;
    private final LeaderLinks links;
    private final Map<Source, Running> fetchers = new HashMap<>();
    private final Map<TopicPartition, Source> sources = new HashMap<>();
    private final Queue<ReplicaFetcher> ended = new ArrayDeque<>();
    private boolean closed;

    /** Where a partition is fetched from. */
    private record Source(int leaderId, Endpoint endpoint, int fetcher) {}

    private static final class Running {
        final ReplicaFetcher fetcher;
        int partitions;

        Running(ReplicaFetcher fetcher) {
            this.fetcher = fetcher;
        }
    }

    /** Fetchers that reach their leaders through sockets. */
    public ReplicaFetchers(
            FetcherConfig config, String interBrokerListener, MetadataCache metadata, LongSupplier brokerEpoch) {
        this(
                config,
                interBrokerListener,
                metadata,
                brokerEpoch,
                (leaderId, fetcher, endpoint) -> new ConnectedLeader(config, leaderId, fetcher, endpoint));
    }

    /**
     * @param interBrokerListener name of the listener, in upper case, at which brokers find each other
     * @param metadata know where a leader is if the controller does not say it along
     * @param brokerEpoch under which this broker is registered now
     * @param links the ways to leaders
     */
    public ReplicaFetchers(
            FetcherConfig config,
            String interBrokerListener,
            MetadataCache metadata,
            LongSupplier brokerEpoch,
            LeaderLinks links) {
        this.config = config;
        this.interBrokerListener = interBrokerListener;
        this.metadata = metadata;
        this.brokerEpoch = brokerEpoch;
        this.links = links;
    }

    @Override
    public synchronized void follow(FollowerLog replica, int leaderId, @Nullable Endpoint told) {
        Endpoint endpoint = told != null ? told : known(leaderId);
        if (closed) {
            return;
        }
        if (endpoint == null) {
            LOG.error(
                    "Cannot follow {}: nobody has said where broker {} can be reached at the listener {}",
                    replica,
                    leaderId,
                    interBrokerListener);
            leave(replica.name());
            return;
        }
        TopicPartition name = replica.name();
        Source source = new Source(leaderId, endpoint, fetcherOf(name));
        if (!source.equals(sources.get(name))) {
            leave(name);
            fetchers.computeIfAbsent(source, this::open).partitions++;
            sources.put(name, source);
        }
        fetchers.get(source).fetcher.add(replica);
    }

    @Override
    public synchronized void stop(Partition partition) {
        leave(partition.name());
    }

    private Running open(Source source) {
        LeaderLink link = links.to(source.leaderId, source.fetcher, source.endpoint);
        return new Running(new ReplicaFetcher(config, source.leaderId, link, brokerEpoch));
    }

    private void leave(TopicPartition name) {
        Source source = sources.remove(name);
        Running running = source == null ? null : fetchers.get(source);
        if (running == null) {
            return;
        }
        running.fetcher.stop(name);
        if (--running.partitions == 0) {
            fetchers.remove(source);
            running.fetcher.end();
            ended.add(running.fetcher);
            while (ended.size() > MOST_ENDED) {
                ended.remove().close();
            }
        }
    }

    private int fetcherOf(TopicPartition name) {
        return Math.floorMod(31 * name.topic().hashCode() + name.partition(), config.fetchers());
    }

    private @Nullable Endpoint known(int leaderId) {
        BrokerMetadata broker = metadata.snapshot().broker(leaderId);
        io.millrace.broker.metadata.Endpoint endpoint = broker == null ? null : broker.endpoint(interBrokerListener);
        return endpoint == null ? null : new Endpoint(endpoint.host(), endpoint.port());
    }

    /** Ends all fetchers; nothing is appended by them once this returns. */
    @Override
    public void close() {
        List<ReplicaFetcher> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(ended);
            fetchers.values().forEach(running -> all.add(running.fetcher));
            ended.clear();
            fetchers.clear();
            sources.clear();
        }
        all.forEach(ReplicaFetcher::close);
    }
}

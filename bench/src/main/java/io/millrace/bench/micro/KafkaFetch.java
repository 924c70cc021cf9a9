package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kafka.server.FetchContext;
import kafka.server.FetchManager;
import kafka.server.FetchSessionCacheShard;
import kafka.server.QuotaFactory;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.FetchParams;
import org.apache.kafka.storage.internals.log.FetchPartitionData;
import scala.Tuple2;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Kafka's classes between a request that was read and a response that is to be written: sessions, replicas, logs and the purgatory, put
 * together as its KafkaApis does. What it does besides, as asking who may read, is left out, which takes its side.
 */
final class KafkaFetch implements FetchConsumer {
    private static final short VERSION = ApiKeys.FETCH.latestVersion();
    private static final int MAX_BYTES = 50 << 20;
    private static final int PARTITION_BYTES = 1 << 20;
    private static final int MAX_WAIT_MS = 60_000;
    private static final int MAX_SESSIONS = 1_000;
    private static final long SESSION_EVICTION_MS = 120_000;
    private static final Map<Uuid, String> NAMES = Map.of(KafkaReplicas.TOPIC_ID, KafkaReplicas.TOPIC);

    private final KafkaReplicas broker;
    private final FetchManager sessions = new FetchManager(
            Time.SYSTEM, new FetchSessionCacheShard(MAX_SESSIONS, SESSION_EVICTION_MS, Integer.MAX_VALUE, 0));
    private final FetchParams waiting = params(MAX_WAIT_MS);
    private final FetchParams atOnce = params(0);
    private final long[] positions;
    private FetchMetadata metadata = FetchMetadata.INITIAL;
    private int sessionId;
    private int answered;

    /** Opens the session: one full fetch. */
    KafkaFetch(int partitions) throws IOException {
        broker = new KafkaReplicas(partitions);
        positions = new long[partitions];
        fetch(all(), atOnce);
        metadata = FetchMetadata.newIncremental(sessionId);
    }

    @Override
    public void append(int partition, ByteBuffer batch) {
        broker.append(partition, batch);
    }

    @Override
    public void request(int partition, boolean parks) {
        Map<TopicIdPartition, FetchRequest.PartitionData> moved = new HashMap<>();
        if (partition >= 0) {
            moved.put(named(partition), wanted(partition));
        }
        fetch(moved, parks ? waiting : atOnce);
        metadata = metadata.nextIncremental();
    }

    @Override
    public void catchUp() {
        request(-1, false);
        run();
        fetch(all(), atOnce);
        metadata = metadata.nextIncremental();
        int left = run();
        if (left > 0) {
            throw new IllegalStateException(left + " partitions were answered that had nothing more");
        }
    }

    @Override
    public int run() {
        int count = answered;
        answered = 0;
        return count;
    }

    private void fetch(Map<TopicIdPartition, FetchRequest.PartitionData> named, FetchParams params) {
        FetchContext context = sessions.newContext(VERSION, metadata, false, named, List.of(), NAMES);
        List<Tuple2<TopicIdPartition, FetchRequest.PartitionData>> interesting = new ArrayList<>();
        context.foreachPartition((partition, wanted) -> {
            interesting.add(new Tuple2<>(partition, wanted));
            return BoxedUnit.UNIT;
        });
        broker.replicas()
                .fetchMessages(
                        params,
                        CollectionConverters.asScala(interesting),
                        QuotaFactory.UnboundedQuota$.MODULE$,
                        fetched -> {
                            answer(context, fetched);
                            return BoxedUnit.UNIT;
                        });
    }

    private void answer(FetchContext context, Seq<Tuple2<TopicIdPartition, FetchPartitionData>> fetched) {
        LinkedHashMap<TopicIdPartition, FetchResponseData.PartitionData> partitions = new LinkedHashMap<>();
        fetched.foreach(each -> {
            FetchPartitionData data = each._2();
            partitions.put(
                    each._1(),
                    new FetchResponseData.PartitionData()
                            .setPartitionIndex(each._1().partition())
                            .setErrorCode(data.error.code())
                            .setHighWatermark(data.highWatermark)
                            .setLastStableOffset(data.lastStableOffset.orElse(FetchResponse.INVALID_LAST_STABLE_OFFSET))
                            .setLogStartOffset(data.logStartOffset)
                            .setRecords(data.records)
                            .setPreferredReadReplica(
                                    data.preferredReadReplica.orElse(FetchResponse.INVALID_PREFERRED_REPLICA_ID)));
            return BoxedUnit.UNIT;
        });
        FetchResponse response = context.updateAndGenerateResponseData(partitions);
        if (response.error().code() != 0) {
            throw new IllegalStateException("A fetch was answered " + response.error());
        }
        sessionId = response.sessionId();
        for (FetchResponseData.FetchableTopicResponse topic : response.data().responses()) {
            for (FetchResponseData.PartitionData partition : topic.partitions()) {
                if (partition.records().sizeInBytes() > 0) {
                    positions[partition.partitionIndex()] = partition.highWatermark();
                    answered++;
                }
            }
        }
    }

    private Map<TopicIdPartition, FetchRequest.PartitionData> all() {
        Map<TopicIdPartition, FetchRequest.PartitionData> all = new LinkedHashMap<>();
        for (int i = 0; i < positions.length; i++) {
            all.put(named(i), wanted(i));
        }
        return all;
    }

    private static TopicIdPartition named(int partition) {
        return new TopicIdPartition(KafkaReplicas.TOPIC_ID, partition, KafkaReplicas.TOPIC);
    }

    private FetchRequest.PartitionData wanted(int partition) {
        return new FetchRequest.PartitionData(
                KafkaReplicas.TOPIC_ID, positions[partition], -1, PARTITION_BYTES, Optional.empty());
    }

    private static FetchParams params(int maxWaitMs) {
        return new FetchParams(
                VERSION, -1, -1, maxWaitMs, 1, MAX_BYTES, FetchIsolation.HIGH_WATERMARK, Optional.empty());
    }

    @Override
    public void close() throws IOException {
        broker.close();
    }
}

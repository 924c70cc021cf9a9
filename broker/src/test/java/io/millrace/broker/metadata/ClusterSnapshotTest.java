package io.millrace.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataBroker;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataEndpoint;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataTopicState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClusterSnapshotTest {
    private static final Uuid ID = new Uuid(1, 2);

    private final AtomicLong brokerEpoch = new AtomicLong(5);
    private final MetadataCache cache = new MetadataCache("cluster", brokerEpoch::get);

    @Test
    void keepsWhatItWasNotToldAnew() {
        cache.update(news(1, topic("a", ID, partition(0, 1), partition(1, 2))));
        ClusterSnapshot before = cache.snapshot();

        cache.update(news(1, topic("a", ID, partition(1, 3))));

        assertThat(cache.snapshot().partition("a", 0).leader()).isEqualTo(1);
        assertThat(cache.snapshot().partition("a", 1).leader()).isEqualTo(3);
        assertThat(before.partition("a", 1).leader())
                .as("a snapshot never changes")
                .isEqualTo(2);
    }

    @Test
    void forgetsWhatIsBeingDeleted() {
        cache.update(news(1, topic("a", ID, partition(0, 1), partition(1, 1)), topic("b", Uuid.ZERO, partition(0, 1))));

        cache.update(news(1, topic("a", ID, partition(0, -2))));
        assertThat(cache.snapshot().topic(ID).partitions()).hasSize(1);
        cache.update(news(1, topic("a", ID, partition(1, -2))));

        assertThat(cache.snapshot().topic("a")).isNull();
        assertThat(cache.snapshot().topic(ID)).isNull();
        assertThat(cache.snapshot().topics()).extracting(TopicMetadata::name).containsExactly("b");
    }

    @Test
    void forgetsWhatNewsOfEverythingDoNotName() {
        cache.update(news(1, topic("a", ID, partition(0, 1)), topic("b", Uuid.ZERO, partition(0, 1))));
        UpdateMetadata.Request everything = news(2, topic("b", Uuid.ZERO, partition(0, 3)));
        everything.type = 2;

        cache.update(everything);

        assertThat(cache.snapshot().topic("a")).isNull();
        assertThat(cache.snapshot().topic(ID)).isNull();
        assertThat(cache.snapshot().partition("b", 0).leader()).isEqualTo(3);
        UpdateMetadata.Request nothing = news(2);
        nothing.type = 2;
        cache.update(nothing);
        assertThat(cache.snapshot().topics()).isEmpty();
    }

    @Test
    void keepsNothingOfATopicThatWasMadeAnew() {
        cache.update(news(1, topic("a", ID, partition(0, 1), partition(1, 1))));
        Uuid newId = new Uuid(3, 4);

        cache.update(news(1, topic("a", newId, partition(0, 2))));

        assertThat(cache.snapshot().topic("a").partitions()).hasSize(1);
        assertThat(cache.snapshot().topic(ID)).isNull();
        assertThat(cache.snapshot().topicName(newId)).isEqualTo("a");
    }

    @Test
    void findsPartitionsThatCameOutOfOrder() {
        cache.update(news(1, topic("a", ID, partition(2, 7))));

        assertThat(cache.snapshot().partition("a", 2).leader()).isEqualTo(7);
        assertThat(cache.snapshot().partition("a", 0)).isNull();
        assertThat(cache.snapshot().partition("a", -1)).isNull();
    }

    @Test
    void refusesAControllerThatIsNoneAnyMore() {
        cache.update(news(2, topic("a", ID, partition(0, 1))));

        assertThat(cache.update(news(1, topic("a", ID, partition(0, 9))))).isEqualTo(ErrorCode.STALE_CONTROLLER_EPOCH);
        assertThat(cache.snapshot().partition("a", 0).leader()).isEqualTo(1);
    }

    @Test
    void refusesNewsForAFormerLifeOfThisBroker() {
        UpdateMetadata.Request late = news(1, topic("a", ID, partition(0, 1)));
        late.brokerEpoch = 4;

        assertThat(cache.update(late)).isEqualTo(ErrorCode.STALE_BROKER_EPOCH);
        late.brokerEpoch = 5;
        assertThat(cache.update(late)).isEqualTo(ErrorCode.NONE);
        late.brokerEpoch = 6;
        assertThat(cache.update(late))
                .as("registered anew, but not heard of it yet")
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void understandsTheLayoutOfOldVersions() {
        UpdateMetadata.Request old = news(1);
        UpdateMetadataPartitionState partition = partition(0, 1);
        partition.topicName = "a";
        old.ungroupedPartitionStates = List.of(partition);
        UpdateMetadataBroker broker = new UpdateMetadataBroker();
        broker.id = 1;
        broker.v0Host = "h";
        broker.v0Port = 9092;
        old.liveBrokers = List.of(broker);

        cache.update(old);

        assertThat(cache.snapshot().partition("a", 0).leader()).isEqualTo(1);
        assertThat(cache.snapshot().broker(1).endpoint("PLAINTEXT"))
                .isEqualTo(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "h", 9092));
    }

    @Test
    void knowsTheDoorsOfABrokerByListener() {
        UpdateMetadata.Request news = news(1);
        UpdateMetadataEndpoint door = new UpdateMetadataEndpoint();
        door.listener = "INTERNAL";
        door.host = "inside";
        door.port = 9093;
        UpdateMetadataBroker broker = new UpdateMetadataBroker();
        broker.id = 1;
        broker.rack = null;
        broker.endpoints = List.of(door);
        news.liveBrokers = List.of(broker);

        cache.update(news);

        assertThat(cache.snapshot().broker(1).endpoint("INTERNAL").host()).isEqualTo("inside");
        assertThat(cache.snapshot().broker(1).endpoint("OUTSIDE")).isNull();
    }

    @Test
    void tellsWhoWaitsWhenSomethingShows() {
        CompletableFuture<Boolean> shown = cache.when(news -> news.topic("a") != null, 60_000);
        assertThat(shown).isNotDone();

        cache.update(news(1, topic("a", ID, partition(0, 1))));

        assertThat(shown).isCompletedWithValue(true);
        assertThat(cache.when(news -> news.topic("b") != null, 1))
                .succeedsWithin(Duration.ofSeconds(10))
                .isEqualTo(false);
    }

    private static UpdateMetadata.Request news(int controllerEpoch, UpdateMetadataTopicState... topics) {
        UpdateMetadata.Request news = new UpdateMetadata.Request();
        news.controllerId = 1;
        news.controllerEpoch = controllerEpoch;
        news.brokerEpoch = 5;
        news.topicStates = List.of(topics);
        return news;
    }

    private static UpdateMetadataTopicState topic(String name, Uuid id, UpdateMetadataPartitionState... partitions) {
        UpdateMetadataTopicState topic = new UpdateMetadataTopicState();
        topic.topicName = name;
        topic.topicId = id;
        topic.partitionStates = List.of(partitions);
        return topic;
    }

    private static UpdateMetadataPartitionState partition(int number, int leader) {
        UpdateMetadataPartitionState partition = new UpdateMetadataPartitionState();
        partition.partitionIndex = number;
        partition.leader = leader;
        return partition;
    }
}

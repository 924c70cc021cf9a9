package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrPartitionError;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrTopicError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AnnouncementRetriesTest {
    private static final int BROKER = 2;
    private static final Uuid TOPIC_ID = Uuid.random();
    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);

    private final List<String> told = new ArrayList<>();
    private final Queue<Runnable> scheduled = new ArrayDeque<>();
    private final AnnouncementRetries retries = new AnnouncementRetries(
            (broker, epoch, partitions) -> told.add(broker + " in life " + epoch + ": " + partitions),
            (broker, works) -> {},
            (retry, delayMs) -> scheduled.add(retry));

    /** An election that follows from its answer tells it of the same partition as of one that is there. */
    @Test
    void whatWasNewAndWasNotMadeStaysNew() {
        answer(7, true, ErrorCode.KAFKA_STORAGE_ERROR);
        answer(7, false, ErrorCode.KAFKA_STORAGE_ERROR);
        scheduled.remove().run();

        assertThat(told).containsExactly("2 in life 7: " + Map.of(PARTITION, true));
    }

    @Test
    void whatWasTakenUpIsNoLongerNew() {
        answer(7, true, ErrorCode.UNKNOWN_SERVER_ERROR);
        answer(7, false, ErrorCode.NONE);
        answer(7, false, ErrorCode.KAFKA_STORAGE_ERROR);
        scheduled.forEach(Runnable::run);

        assertThat(told).contains("2 in life 7: " + Map.of(PARTITION, false)).noneMatch(text -> text.contains("true"));
    }

    /** It may have had it in between, and does not know what lay on a disk that is away now. */
    @Test
    void nothingIsNewInTheNextLifeOfABroker() {
        answer(7, true, ErrorCode.UNKNOWN_SERVER_ERROR);
        answer(8, false, ErrorCode.KAFKA_STORAGE_ERROR);
        scheduled.remove().run();

        assertThat(told).containsExactly("2 in life 8: " + Map.of(PARTITION, false));
    }

    /** Its broker sets it aside once it does not count as in sync any more, of which nobody would tell it. */
    @Test
    void tellsABrokerAgainThatRefusedBecauseOfTheLogOfAnotherTopic() {
        answer(7, false, ErrorCode.INCONSISTENT_TOPIC_ID);
        scheduled.remove().run();
        answer(7, false, ErrorCode.NONE);

        assertThat(told).containsExactly("2 in life 7: " + Map.of(PARTITION, false));
        assertThat(scheduled).as("once it could").isEmpty();
    }

    /** A disk that is away may stay away for days, with thousands of partitions. */
    @Test
    void warnsOnceOfWhatABrokerCannotTakeUp() {
        ListAppender<ILoggingEvent> events = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(AnnouncementRetries.class);
        logger.addAppender(events);
        events.start();
        try {
            for (int i = 0; i < 3; i++) {
                answer(7, false, ErrorCode.KAFKA_STORAGE_ERROR);
                scheduled.remove().run();
            }
            assertThat(warnings(events)).hasSize(1).first().asString().contains("orders-0", "KAFKA_STORAGE_ERROR");

            answer(7, false, ErrorCode.UNKNOWN_SERVER_ERROR);
            assertThat(warnings(events)).as("another reason").hasSize(2);
            answer(7, false, ErrorCode.NONE);
            answer(7, false, ErrorCode.UNKNOWN_SERVER_ERROR);
            assertThat(warnings(events)).as("once more").hasSize(3);
        } finally {
            logger.detachAppender(events);
        }
    }

    private static List<String> warnings(ListAppender<ILoggingEvent> events) {
        return events.list.stream()
                .filter(event -> event.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private void answer(long brokerEpoch, boolean isNew, ErrorCode error) {
        LeaderAndIsrPartitionState state = new LeaderAndIsrPartitionState();
        state.isNew = isNew;
        LeaderAndIsrTopicState topic = new LeaderAndIsrTopicState();
        topic.topicName = PARTITION.topic();
        topic.topicId = TOPIC_ID;
        topic.partitionStates = List.of(state);
        LeaderAndIsr.Request request = new LeaderAndIsr.Request();
        request.brokerEpoch = brokerEpoch;
        request.topicStates = List.of(topic);
        LeaderAndIsrPartitionError outcome = new LeaderAndIsrPartitionError();
        outcome.errorCode = error.code();
        LeaderAndIsrTopicError ofTopic = new LeaderAndIsrTopicError();
        ofTopic.topicId = TOPIC_ID;
        ofTopic.partitionErrors = List.of(outcome);
        LeaderAndIsr.Response response = new LeaderAndIsr.Response();
        response.topics = List.of(ofTopic);
        retries.onAnswer(BROKER, request, response);
    }
}

package io.millrace.broker.fetcher;

import io.millrace.broker.config.FetcherConfig;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ListOffsets;
import io.millrace.protocol.message.ListOffsets.Request.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsets.Request.ListOffsetsTopic;
import io.millrace.protocol.message.ListOffsets.Response.ListOffsetsPartitionResponse;
import io.millrace.storage.StorageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a follower does when the leader has no records where its own log ends (OFFSET_OUT_OF_RANGE). It asks for the end of
 * the leader's log: if that lies before its own, as after an unclean election, it cuts its own off there. Otherwise it
 * asks for the start: if the leader has deleted what would come next, it begins there with an empty log. Belongs to the
 * loop of the fetcher.
 */
final class LogBounds {
    private static final Logger LOG = LoggerFactory.getLogger(LogBounds.class);
    private static final long LATEST = -1;
    private static final long EARLIEST = -2;

    private final FetcherConfig config;
    private final LeaderLink link;
    private Map<TopicPartition, Question> toAsk = new LinkedHashMap<>();

    private record Question(FetchState state, Consumer<Boolean> then) {}

    LogBounds(FetcherConfig config, LeaderLink link) {
        this.config = config;
        this.link = link;
    }

    /** @param then told whether the log and the leader's fit together now; later, on the loop */
    void add(FetchState state, Consumer<Boolean> then) {
        toAsk.put(state.name(), new Question(state, then));
    }

    /** Sends the questions there are. */
    void ask() {
        if (!toAsk.isEmpty()) {
            Map<TopicPartition, Question> questions = toAsk;
            toAsk = new LinkedHashMap<>();
            ask(LATEST, questions);
        }
    }

    private void ask(long timestamp, Map<TopicPartition, Question> questions) {
        ListOffsets.Request request = new ListOffsets.Request();
        request.replicaId = config.brokerId();
        Map<String, ListOffsetsTopic> topics = new LinkedHashMap<>();
        for (Question question : questions.values()) {
            ListOffsetsPartition wanted = new ListOffsetsPartition();
            wanted.partitionIndex = question.state.name().partition();
            wanted.currentLeaderEpoch = question.state.log().leaderEpoch();
            wanted.timestamp = timestamp;
            topics.computeIfAbsent(question.state.name().topic(), LogBounds::topic)
                    .partitions
                    .add(wanted);
        }
        request.topics = new ArrayList<>(topics.values());
        link.send(
                request,
                InterBrokerVersions.LOWEST_LIST_OFFSETS,
                InterBrokerVersions.LIST_OFFSETS,
                ListOffsets.Response::new,
                (response, failure) -> onAnswer(timestamp, questions, response));
    }

    private void onAnswer(
            long timestamp, Map<TopicPartition, Question> questions, ListOffsets.@Nullable Response response) {
        Map<TopicPartition, ListOffsetsPartitionResponse> answers = new HashMap<>();
        if (response != null) {
            response.topics.forEach(topic -> topic.partitions.forEach(
                    answer -> answers.put(new TopicPartition(topic.name, answer.partitionIndex), answer)));
        }
        Map<TopicPartition, Question> unsettled = new LinkedHashMap<>();
        List<Question> settled = new ArrayList<>();
        for (Question question : questions.values()) {
            ListOffsetsPartitionResponse answer = answers.get(question.state.name());
            if (answer == null || answer.errorCode != ErrorCode.NONE.code()) {
                question.then.accept(false);
            } else if (timestamp == LATEST
                    && answer.offset >= question.state.log().position().offset()) {
                unsettled.put(question.state.name(), question);
            } else if (adopt(question.state, timestamp, answer.offset)) {
                settled.add(question);
            } else {
                question.then.accept(false);
            }
        }
        if (!unsettled.isEmpty()) {
            ask(EARLIEST, unsettled);
        }
        settled.forEach(question -> question.then.accept(true));
    }

    private static boolean adopt(FetchState state, long timestamp, long offset) {
        try {
            if (timestamp == LATEST) {
                return state.log().truncateTo(offset);
            }
            return offset <= state.log().position().offset() || state.log().restartAt(offset);
        } catch (StorageException e) {
            LOG.warn("Cannot bring {} into line with its leader: {}", state.log(), e.getMessage());
            return false;
        }
    }

    private static ListOffsetsTopic topic(String name) {
        ListOffsetsTopic topic = new ListOffsetsTopic();
        topic.name = name;
        topic.partitions = new ArrayList<>();
        return topic;
    }
}

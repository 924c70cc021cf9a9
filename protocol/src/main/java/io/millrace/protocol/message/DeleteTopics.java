package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deletes topics by name or id.
 */
public final class DeleteTopics {

    private DeleteTopics() {}

    /** The request of {@link ApiKey#DELETE_TOPICS}. */
    public static final class Request implements Message {
        /** Since version 6. */
        public List<DeleteTopicState> topics = List.of();
        /** Until version 5. */
        public List<String> topicNames = List.of();
        /** How long to wait until the topics are gone. */
        public int timeoutMs;

        @Override
        public void wire(Wire w) {
            if (w.since(6) || w.refuses("topics", !topics.isEmpty())) {
                topics = w.array(topics, DeleteTopicState::new);
            }
            if (w.until(5)) {
                topicNames = w.stringArray(topicNames);
            }
            timeoutMs = w.int32(timeoutMs);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DELETE_TOPICS;
        }

        public static final class DeleteTopicState implements Struct {
            /** Null if the topic has an id here. */
            public @Nullable String name;

            public Uuid topicId = Uuid.ZERO;

            @Override
            public void wire(Wire w) {
                if (w.since(6) || w.refuses("name", name != null)) {
                    name = w.nullableString(name);
                }
                if (w.since(6) || w.refuses("topicId", !topicId.equals(Uuid.ZERO))) {
                    topicId = w.uuid(topicId);
                }
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#DELETE_TOPICS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<DeletableTopicResult> responses = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            responses = w.array(responses, DeletableTopicResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DELETE_TOPICS;
        }

        public static final class DeletableTopicResult implements Struct {
            /** Null for an id that is not known. */
            public @Nullable String name = "";

            public Uuid topicId = Uuid.ZERO;
            public short errorCode;
            public @Nullable String errorMessage;

            @Override
            public void wire(Wire w) {
                name = w.since(6) ? w.nullableString(name) : w.string(name);
                if (w.since(6)) {
                    topicId = w.uuid(topicId);
                }
                errorCode = w.int16(errorCode);
                if (w.since(5)) {
                    errorMessage = w.nullableString(errorMessage);
                }
                w.tags();
            }
        }
    }
}

package io.millrace.broker.metadata;

import java.util.Set;

/** The topics that brokers keep for themselves. */
public final class InternalTopics {
    public static final String CONSUMER_OFFSETS = "__consumer_offsets";
    public static final String TRANSACTION_STATE = "__transaction_state";

    private static final Set<String> NAMES = Set.of(CONSUMER_OFFSETS, TRANSACTION_STATE);

    private InternalTopics() {}

    public static boolean contains(String topic) {
        return NAMES.contains(topic);
    }
}

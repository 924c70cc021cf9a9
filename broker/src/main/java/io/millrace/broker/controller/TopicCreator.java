package io.millrace.broker.controller;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The one door through which topics come into being: CreateTopics, auto-creation and internal topics all use it. */
public interface TopicCreator {

    /**
     * Creates topics, each on its own: one that fails does not stop the others. Any thread may call; nothing waits.
     *
     * @return the outcome of each, in the order asked, as soon as all are recorded in ZooKeeper. Leaders follow: a topic can
     *     be used when the metadata shows one. Never completes exceptionally.
     */
    CompletableFuture<List<CreatedTopic>> createTopics(List<NewTopic> topics);
}

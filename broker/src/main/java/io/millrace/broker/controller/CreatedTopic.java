package io.millrace.broker.controller;

import io.millrace.protocol.Uuid;

/**
 * The answer to the wish for a {@link NewTopic}.
 *
 * @param name of the topic
 * @param error NONE if it was created, or would have been if this was only a check
 * @param id of the topic; {@link Uuid#ZERO} if it was not created
 * @param numPartitions how many partitions it has, or -1 if it was not created
 * @param replicationFactor how many replicas its first partition has, or -1 if it was not created
 */
public record CreatedTopic(String name, ApiError error, Uuid id, int numPartitions, int replicationFactor) {

    static CreatedTopic failed(String name, ApiError error) {
        return new CreatedTopic(name, error, Uuid.ZERO, -1, -1);
    }
}

package io.millrace.protocol;

/** One partition of a topic. Its text form, {@code topic-partition}, is also the name of its directory. */
public record TopicPartition(String topic, int partition) {

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}

package io.millrace.protocol;

/** One partition of a topic. Its text form, {@code topic-partition}, is also the name of its directory. */
public record TopicPartition(String topic, int partition) {

    // Those that a record comes with are put together from method handles when they are first called, which takes
    // ten milliseconds.
    @Override
    public boolean equals(Object other) {
        return other instanceof TopicPartition that && that.partition == partition && that.topic.equals(topic);
    }

    @Override
    public int hashCode() {
        return 31 * topic.hashCode() + partition;
    }

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}

package io.millrace.client;

/**
 * Where a record has gone.
 *
 * <pre>{@code
 * RecordMetadata place = producer.send(new ProducerRecord<>("clicks", "user-7", "/index.html")).join();
 * System.out.println("It is record " + place.offset() + " of partition " + place.partition());
 * }</pre>
 *
 * @param offset -1 if nobody was asked (acks=0), or if a batch that was sent again had arrived so long ago that the broker
 *     has forgotten where
 * @param timestamp in ms since the epoch: the record's own, or that of the broker if the topic says so
 */
public record RecordMetadata(String topic, int partition, long offset, long timestamp) {

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}

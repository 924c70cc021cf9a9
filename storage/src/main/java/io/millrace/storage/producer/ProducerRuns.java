package io.millrace.storage.producer;

import java.nio.ByteBuffer;

/**
 * What a {@link ProducerSnapshot}, which is Kafka's, has no room for: how many records in a row each producer is known to have in the
 * log. Kept beside it where the file is ours.
 *
 * <pre>
 *  for each: producer id (8) | records (4)
 * </pre>
 */
public final class ProducerRuns {
    private static final int ENTRY_BYTES = 12;

    private ProducerRuns() {}

    /** The runs as they are now. The log's writer. */
    public static ByteBuffer encode(ProducerStates states) {
        ByteBuffer out = ByteBuffer.allocate(ENTRY_BYTES * states.entries().size());
        for (ProducerEntry entry : states.entries()) {
            out.putLong(entry.producerId()).putInt(entry.knownRecords());
        }
        return out.flip();
    }

    /** Gives them to the states of the snapshot that was made with them. */
    public static void decode(ByteBuffer in, ProducerStates states) {
        while (in.remaining() >= ENTRY_BYTES) {
            ProducerEntry entry = states.entry(in.getLong());
            int records = in.getInt();
            if (entry != null) {
                entry.restoreKnownRecords(records);
            }
        }
    }
}

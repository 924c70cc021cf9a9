package io.millrace.storage.tool;

import static io.millrace.storage.tool.PlainFields.string;

import java.nio.ByteBuffer;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** The records of {@code __transaction_state}: the state of each transactional id. */
final class TransactionLogDecoder implements RecordText {
    private static final int LAST_VERSION = 1;
    private static final String[] STATES = {
        "Empty",
        "Ongoing",
        "PrepareCommit",
        "PrepareAbort",
        "CompleteCommit",
        "CompleteAbort",
        "Dead",
        "PrepareEpochFence"
    };

    @Override
    public boolean isJson() {
        return true;
    }

    @Override
    public @Nullable String key(@Nullable ByteBuffer key) {
        if (key == null) {
            return "<NULL>";
        }
        ByteBuffer in = key.duplicate();
        int version = in.getShort();
        return version == 0 ? "transaction_metadata::transactionalId=" + string(in) : "unknown::version=" + version;
    }

    @Override
    public String value(@Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        if (value == null) {
            return "<DELETE>";
        }
        ByteBuffer in = value.duplicate();
        int version = in.getShort();
        if (version < 0 || version > LAST_VERSION) {
            return "unknown version " + version;
        }
        long producerId = in.getLong();
        int producerEpoch = in.getShort();
        int timeoutMs = in.getInt();
        int state = in.get();
        String partitions = partitions(in, version == LAST_VERSION);
        return "producerId:" + producerId + ",producerEpoch:" + producerEpoch + ",state="
                + (state >= 0 && state < STATES.length ? STATES[state] : Integer.toString(state)) + ",partitions="
                + partitions + ",txnLastUpdateTimestamp=" + in.getLong() + ",txnTimeoutMs=" + timeoutMs;
    }

    private static String partitions(ByteBuffer in, boolean flexible) {
        StringJoiner partitions = new StringJoiner(",", "[", "]");
        for (int topics = flexible ? FlexibleFields.count(in) : in.getInt(); topics > 0; topics--) {
            String topic = flexible ? FlexibleFields.string(in) : string(in);
            for (int count = flexible ? FlexibleFields.count(in) : in.getInt(); count > 0; count--) {
                partitions.add(topic + "-" + in.getInt());
            }
            if (flexible) {
                FlexibleFields.skipTagged(in);
            }
        }
        return partitions.toString();
    }
}

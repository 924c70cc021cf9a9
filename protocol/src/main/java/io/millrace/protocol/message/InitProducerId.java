package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the id and epoch under which a producer writes idempotently.
 */
public final class InitProducerId {

    private InitProducerId() {}

    /** The request of {@link ApiKey#INIT_PRODUCER_ID}. */
    public static final class Request implements Message {
        /** Null for a producer that is idempotent only. */
        public @Nullable String transactionalId = "";
        /** After which an open transaction is aborted; without meaning if there is no transactional id. */
        public int transactionTimeoutMs;
        /** The present id, to have its epoch raised; -1 for a new one. */
        public long producerId = -1;
        /** The present epoch, or -1. */
        public short producerEpoch = -1;

        public boolean enable2Pc;
        public boolean keepPreparedTxn;

        @Override
        public void wire(Wire w) {
            transactionalId = w.nullableString(transactionalId);
            transactionTimeoutMs = w.int32(transactionTimeoutMs);
            if (w.since(3) || w.refuses("producerId", producerId != -1)) {
                producerId = w.int64(producerId);
            }
            if (w.since(3) || w.refuses("producerEpoch", producerEpoch != -1)) {
                producerEpoch = w.int16(producerEpoch);
            }
            if (w.since(6) || w.refuses("enable2Pc", enable2Pc)) {
                enable2Pc = w.bool(enable2Pc);
            }
            if (w.since(6) || w.refuses("keepPreparedTxn", keepPreparedTxn)) {
                keepPreparedTxn = w.bool(keepPreparedTxn);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.INIT_PRODUCER_ID;
        }
    }

    /** The response of {@link ApiKey#INIT_PRODUCER_ID}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        /** -1 with an error. */
        public long producerId = -1;
        /** -1 with an error. */
        public short producerEpoch;

        public long ongoingTxnProducerId = -1;
        public short ongoingTxnProducerEpoch = -1;

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            errorCode = w.int16(errorCode);
            producerId = w.int64(producerId);
            producerEpoch = w.int16(producerEpoch);
            if (w.since(6) || w.refuses("ongoingTxnProducerId", ongoingTxnProducerId != -1)) {
                ongoingTxnProducerId = w.int64(ongoingTxnProducerId);
            }
            if (w.since(6) || w.refuses("ongoingTxnProducerEpoch", ongoingTxnProducerEpoch != -1)) {
                ongoingTxnProducerEpoch = w.int16(ongoingTxnProducerEpoch);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.INIT_PRODUCER_ID;
        }
    }
}

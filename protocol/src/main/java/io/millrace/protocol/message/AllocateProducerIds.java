package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Wire;

/**
 * A broker asks the controller for a block of producer ids.
 */
public final class AllocateProducerIds {

    private AllocateProducerIds() {}

    /** The request of {@link ApiKey#ALLOCATE_PRODUCER_IDS}. */
    public static final class Request implements Message {
        public int brokerId;
        /** Broker epoch of the sender, -1 if it does not say. */
        public long brokerEpoch = -1;

        @Override
        public void wire(Wire w) {
            brokerId = w.int32(brokerId);
            brokerEpoch = w.int64(brokerEpoch);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ALLOCATE_PRODUCER_IDS;
        }
    }

    /** The response of {@link ApiKey#ALLOCATE_PRODUCER_IDS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        /** First of the block. */
        public long producerIdStart;
        /** How many ids the block has. */
        public int producerIdLen;

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            errorCode = w.int16(errorCode);
            producerIdStart = w.int64(producerIdStart);
            producerIdLen = w.int32(producerIdLen);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ALLOCATE_PRODUCER_IDS;
        }
    }
}

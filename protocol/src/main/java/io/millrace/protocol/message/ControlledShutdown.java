package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * A broker that is about to stop asks the controller to move its leaderships away.
 */
public final class ControlledShutdown {

    private ControlledShutdown() {}

    /** The request of {@link ApiKey#CONTROLLED_SHUTDOWN}. */
    public static final class Request implements Message {
        public int brokerId;
        /** Broker epoch of the sender, -1 if it does not say. */
        public long brokerEpoch = -1;

        @Override
        public void wire(Wire w) {
            brokerId = w.int32(brokerId);
            if (w.since(2)) {
                brokerEpoch = w.int64(brokerEpoch);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.CONTROLLED_SHUTDOWN;
        }
    }

    /** The response of {@link ApiKey#CONTROLLED_SHUTDOWN}. */
    public static final class Response implements Message {
        public short errorCode;
        /** Those that the broker still leads: it should ask again. */
        public List<RemainingPartition> remainingPartitions = List.of();

        @Override
        public void wire(Wire w) {
            errorCode = w.int16(errorCode);
            remainingPartitions = w.array(remainingPartitions, RemainingPartition::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.CONTROLLED_SHUTDOWN;
        }

        public static final class RemainingPartition implements Struct {
            public String topicName = "";
            public int partitionIndex;

            @Override
            public void wire(Wire w) {
                topicName = w.string(topicName);
                partitionIndex = w.int32(partitionIndex);
                w.tags();
            }
        }
    }
}

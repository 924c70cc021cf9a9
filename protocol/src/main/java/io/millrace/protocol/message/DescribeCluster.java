package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Describes the cluster: its id, controller and brokers.
 */
public final class DescribeCluster {

    private DescribeCluster() {}

    /** The request of {@link ApiKey#DESCRIBE_CLUSTER}. */
    public static final class Request implements Message {
        public boolean includeClusterAuthorizedOperations;
        /** 1: brokers; 2: controllers. */
        public byte endpointType = 1;

        public boolean includeFencedBrokers;

        @Override
        public void wire(Wire w) {
            includeClusterAuthorizedOperations = w.bool(includeClusterAuthorizedOperations);
            if (w.since(1) || w.refuses("endpointType", endpointType != 1)) {
                endpointType = w.int8(endpointType);
            }
            if (w.since(2) || w.refuses("includeFencedBrokers", includeFencedBrokers)) {
                includeFencedBrokers = w.bool(includeFencedBrokers);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_CLUSTER;
        }
    }

    /** The response of {@link ApiKey#DESCRIBE_CLUSTER}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public @Nullable String errorMessage;
        public byte endpointType = 1;
        public String clusterId = "";
        /** -1 if unknown. */
        public int controllerId = -1;

        public List<DescribeClusterBroker> brokers = List.of();
        /** Bits of {@code AclOperation}; the smallest int if not asked for. */
        public int clusterAuthorizedOperations = Integer.MIN_VALUE;

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            errorCode = w.int16(errorCode);
            errorMessage = w.nullableString(errorMessage);
            if (w.since(1) || w.refuses("endpointType", endpointType != 1)) {
                endpointType = w.int8(endpointType);
            }
            clusterId = w.string(clusterId);
            controllerId = w.int32(controllerId);
            brokers = w.array(brokers, DescribeClusterBroker::new);
            clusterAuthorizedOperations = w.int32(clusterAuthorizedOperations);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_CLUSTER;
        }

        public static final class DescribeClusterBroker implements Struct {
            public int brokerId;
            public String host = "";
            public int port;
            public @Nullable String rack;
            public boolean isFenced;

            @Override
            public void wire(Wire w) {
                brokerId = w.int32(brokerId);
                host = w.string(host);
                port = w.int32(port);
                rack = w.nullableString(rack);
                if (w.since(2) || w.refuses("isFenced", isFenced)) {
                    isFenced = w.bool(isFenced);
                }
                w.tags();
            }
        }
    }
}

package io.millrace.broker.api;

import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.DescribeCluster;
import io.millrace.protocol.message.DescribeCluster.Response.DescribeClusterBroker;
import java.util.ArrayList;
import java.util.List;

/** Answers DescribeCluster: who the brokers are and which of them is the controller. */
public final class DescribeClusterHandler extends MessageHandler<DescribeCluster.Request> {
    private static final byte BROKERS = 1;
    private static final byte CONTROLLERS = 2;

    private final MetadataCache metadata;

    public DescribeClusterHandler(MetadataCache metadata) {
        super(ApiKey.DESCRIBE_CLUSTER, DescribeCluster.Request::new);
        this.metadata = metadata;
    }

    @Override
    protected void handle(DescribeCluster.Request request, RequestContext context) {
        DescribeCluster.Response response = new DescribeCluster.Response();
        response.endpointType = request.endpointType;
        if (request.endpointType != BROKERS) {
            refuse(request.endpointType, response);
            context.respond(response);
            return;
        }
        ClusterSnapshot cluster = metadata.snapshot();
        response.clusterId = cluster.clusterId();
        response.controllerId = cluster.controllerId();
        response.clusterAuthorizedOperations =
                AuthorizedOperations.onCluster(request.includeClusterAuthorizedOperations);
        List<DescribeClusterBroker> brokers = new ArrayList<>();
        for (BrokerMetadata broker : cluster.brokers()) {
            Endpoint endpoint = broker.endpoint(context.listenerName());
            if (endpoint != null) {
                DescribeClusterBroker described = new DescribeClusterBroker();
                described.brokerId = broker.id();
                described.host = endpoint.host();
                described.port = endpoint.port();
                described.rack = broker.rack();
                brokers.add(described);
            }
        }
        response.brokers = brokers;
        context.respond(response);
    }

    private static void refuse(byte endpointType, DescribeCluster.Response response) {
        boolean known = endpointType == CONTROLLERS;
        response.errorCode = (known ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE).code();
        response.errorMessage = known
                ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"
                : "Unsupported endpoint type " + endpointType;
    }
}

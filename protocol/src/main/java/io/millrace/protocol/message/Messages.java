package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;

/** Makes empty messages to read into. */
public final class Messages {

    private Messages() {}

    /** A new request of this API, all fields at their defaults. */
    public static Message newRequest(ApiKey key) {
        return switch (key) {
            case PRODUCE -> new Produce.Request();
            case FETCH -> new Fetch.Request();
            case LIST_OFFSETS -> new ListOffsets.Request();
            case METADATA -> new Metadata.Request();
            case LEADER_AND_ISR -> new LeaderAndIsr.Request();
            case STOP_REPLICA -> new StopReplica.Request();
            case UPDATE_METADATA -> new UpdateMetadata.Request();
            case CONTROLLED_SHUTDOWN -> new ControlledShutdown.Request();
            case OFFSET_COMMIT -> new OffsetCommit.Request();
            case OFFSET_FETCH -> new OffsetFetch.Request();
            case FIND_COORDINATOR -> new FindCoordinator.Request();
            case JOIN_GROUP -> new JoinGroup.Request();
            case HEARTBEAT -> new Heartbeat.Request();
            case LEAVE_GROUP -> new LeaveGroup.Request();
            case SYNC_GROUP -> new SyncGroup.Request();
            case DESCRIBE_GROUPS -> new DescribeGroups.Request();
            case LIST_GROUPS -> new ListGroups.Request();
            case API_VERSIONS -> new ApiVersions.Request();
            case CREATE_TOPICS -> new CreateTopics.Request();
            case DELETE_TOPICS -> new DeleteTopics.Request();
            case DELETE_RECORDS -> new DeleteRecords.Request();
            case INIT_PRODUCER_ID -> new InitProducerId.Request();
            case OFFSET_FOR_LEADER_EPOCH -> new OffsetForLeaderEpoch.Request();
            case DESCRIBE_CONFIGS -> new DescribeConfigs.Request();
            case ALTER_CONFIGS -> new AlterConfigs.Request();
            case DESCRIBE_LOG_DIRS -> new DescribeLogDirs.Request();
            case CREATE_PARTITIONS -> new CreatePartitions.Request();
            case DELETE_GROUPS -> new DeleteGroups.Request();
            case ELECT_LEADERS -> new ElectLeaders.Request();
            case INCREMENTAL_ALTER_CONFIGS -> new IncrementalAlterConfigs.Request();
            case ALTER_PARTITION_REASSIGNMENTS -> new AlterPartitionReassignments.Request();
            case LIST_PARTITION_REASSIGNMENTS -> new ListPartitionReassignments.Request();
            case OFFSET_DELETE -> new OffsetDelete.Request();
            case ALTER_PARTITION -> new AlterPartition.Request();
            case DESCRIBE_CLUSTER -> new DescribeCluster.Request();
            case DESCRIBE_PRODUCERS -> new DescribeProducers.Request();
            case ALLOCATE_PRODUCER_IDS -> new AllocateProducerIds.Request();
        };
    }

    /** A new response of this API, all fields at their defaults. */
    public static Message newResponse(ApiKey key) {
        return switch (key) {
            case PRODUCE -> new Produce.Response();
            case FETCH -> new Fetch.Response();
            case LIST_OFFSETS -> new ListOffsets.Response();
            case METADATA -> new Metadata.Response();
            case LEADER_AND_ISR -> new LeaderAndIsr.Response();
            case STOP_REPLICA -> new StopReplica.Response();
            case UPDATE_METADATA -> new UpdateMetadata.Response();
            case CONTROLLED_SHUTDOWN -> new ControlledShutdown.Response();
            case OFFSET_COMMIT -> new OffsetCommit.Response();
            case OFFSET_FETCH -> new OffsetFetch.Response();
            case FIND_COORDINATOR -> new FindCoordinator.Response();
            case JOIN_GROUP -> new JoinGroup.Response();
            case HEARTBEAT -> new Heartbeat.Response();
            case LEAVE_GROUP -> new LeaveGroup.Response();
            case SYNC_GROUP -> new SyncGroup.Response();
            case DESCRIBE_GROUPS -> new DescribeGroups.Response();
            case LIST_GROUPS -> new ListGroups.Response();
            case API_VERSIONS -> new ApiVersions.Response();
            case CREATE_TOPICS -> new CreateTopics.Response();
            case DELETE_TOPICS -> new DeleteTopics.Response();
            case DELETE_RECORDS -> new DeleteRecords.Response();
            case INIT_PRODUCER_ID -> new InitProducerId.Response();
            case OFFSET_FOR_LEADER_EPOCH -> new OffsetForLeaderEpoch.Response();
            case DESCRIBE_CONFIGS -> new DescribeConfigs.Response();
            case ALTER_CONFIGS -> new AlterConfigs.Response();
            case DESCRIBE_LOG_DIRS -> new DescribeLogDirs.Response();
            case CREATE_PARTITIONS -> new CreatePartitions.Response();
            case DELETE_GROUPS -> new DeleteGroups.Response();
            case ELECT_LEADERS -> new ElectLeaders.Response();
            case INCREMENTAL_ALTER_CONFIGS -> new IncrementalAlterConfigs.Response();
            case ALTER_PARTITION_REASSIGNMENTS -> new AlterPartitionReassignments.Response();
            case LIST_PARTITION_REASSIGNMENTS -> new ListPartitionReassignments.Response();
            case OFFSET_DELETE -> new OffsetDelete.Response();
            case ALTER_PARTITION -> new AlterPartition.Response();
            case DESCRIBE_CLUSTER -> new DescribeCluster.Response();
            case DESCRIBE_PRODUCERS -> new DescribeProducers.Response();
            case ALLOCATE_PRODUCER_IDS -> new AllocateProducerIds.Response();
        };
    }
}

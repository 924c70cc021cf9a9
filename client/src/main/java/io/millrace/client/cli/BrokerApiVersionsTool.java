package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.BrokerApis;
import io.millrace.client.net.Node;
import io.millrace.client.net.Outcomes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** {@code broker-api-versions.sh}: shows what brokers answer, as Kafka's {@code BrokerApiVersionsCommand} does. */
@Command(
        description = "Shows which requests each broker answers, and in which versions.",
        footerHeading = "%nExample:%n",
        footer = "  broker-api-versions.sh --bootstrap-server localhost:9092")
final class BrokerApiVersionsTool extends AdminTool {
    /** What a client of Kafka 3.9 knows: number, name and newest version. */
    private static final String KNOWN = """
            0:Produce:11 1:Fetch:17 2:ListOffsets:9 3:Metadata:12 4:LeaderAndIsr:7 5:StopReplica:4 6:UpdateMetadata:8
            7:ControlledShutdown:3 8:OffsetCommit:9 9:OffsetFetch:9 10:FindCoordinator:6 11:JoinGroup:9 12:Heartbeat:4
            13:LeaveGroup:5 14:SyncGroup:5 15:DescribeGroups:5 16:ListGroups:5 17:SaslHandshake:1 18:ApiVersions:4
            19:CreateTopics:7 20:DeleteTopics:6 21:DeleteRecords:2 22:InitProducerId:5 23:OffsetForLeaderEpoch:4
            24:AddPartitionsToTxn:5 25:AddOffsetsToTxn:4 26:EndTxn:4 27:WriteTxnMarkers:1 28:TxnOffsetCommit:4
            29:DescribeAcls:3 30:CreateAcls:3 31:DeleteAcls:3 32:DescribeConfigs:4 33:AlterConfigs:2
            34:AlterReplicaLogDirs:2 35:DescribeLogDirs:4 36:SaslAuthenticate:2 37:CreatePartitions:3
            38:CreateDelegationToken:3 39:RenewDelegationToken:2 40:ExpireDelegationToken:2 41:DescribeDelegationToken:3
            42:DeleteGroups:2 43:ElectLeaders:2 44:IncrementalAlterConfigs:1 45:AlterPartitionReassignments:0
            46:ListPartitionReassignments:0 47:OffsetDelete:0 48:DescribeClientQuotas:1 49:AlterClientQuotas:1
            50:DescribeUserScramCredentials:0 51:AlterUserScramCredentials:0 55:DescribeQuorum:2 56:AlterPartition:3
            57:UpdateFeatures:1 58:Envelope:0 60:DescribeCluster:1 61:DescribeProducers:0 64:UnregisterBroker:0
            65:DescribeTransactions:0 66:ListTransactions:1 67:AllocateProducerIds:0 68:ConsumerGroupHeartbeat:0
            69:ConsumerGroupDescribe:0 71:GetTelemetrySubscriptions:0 72:PushTelemetry:0 74:ListClientMetricsResources:0
            75:DescribeTopicPartitions:0 76:ShareGroupHeartbeat:0 77:ShareGroupDescribe:0 78:ShareFetch:0
            79:ShareAcknowledge:0 80:AddRaftVoter:0 81:RemoveRaftVoter:0 83:InitializeShareGroupState:0
            84:ReadShareGroupState:0 85:WriteShareGroupState:0 86:DeleteShareGroupState:0 87:ReadShareGroupStateSummary:0
            """;

    @Override
    void checkOptions() {
        // There are none.
    }

    @Override
    int run(Admin admin) {
        Outcomes<Integer, BrokerApis> answers = await(admin.describeApis());
        Map<Integer, BrokerApis> apis = new TreeMap<>(answers.values());
        print(() -> apis.values().stream().map(BrokerApiVersionsTool::document).toList(), () -> {
            apis.values().forEach(this::text);
            answers.failures().forEach((broker, why) -> line(broker + " -> ERROR: " + reason(why)));
        });
        return answers.failures().isEmpty() ? 0 : 1;
    }

    private void text(BrokerApis broker) {
        Map<Short, BrokerApis.Api> unnamed = new TreeMap<>();
        broker.apis().forEach(api -> unnamed.put(api.id(), api));
        List<String> lines = new ArrayList<>();
        for (String known : KNOWN.trim().split("\\s+")) {
            String[] parts = known.split(":");
            BrokerApis.Api api = unnamed.remove(Short.valueOf(parts[0]));
            lines.add("\t" + parts[1] + "(" + parts[0] + "): "
                    + (api == null ? "UNSUPPORTED" : range(api) + usable(api, Integer.parseInt(parts[2]))));
        }
        unnamed.values().forEach(api -> lines.add("\tUNKNOWN(" + api.id() + "): " + range(api)));
        Node node = broker.broker();
        line(node.endpoint() + " (id: " + node.id() + " rack: " + node.rack() + ") -> (");
        line(String.join(",\n", lines));
        line(")");
    }

    private static String range(BrokerApis.Api api) {
        return api.lowestVersion() == api.highestVersion()
                ? String.valueOf(api.lowestVersion())
                : api.lowestVersion() + " to " + api.highestVersion();
    }

    private static String usable(BrokerApis.Api api, int newest) {
        int common = Math.min(newest, api.highestVersion());
        return common < api.lowestVersion() ? " [unusable: node too new]" : " [usable: " + common + "]";
    }

    private static Map<String, Object> document(BrokerApis broker) {
        List<Map<String, Object>> apis = new ArrayList<>();
        for (BrokerApis.Api api : broker.apis()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("id", api.id());
            one.put("lowestVersion", api.lowestVersion());
            one.put("highestVersion", api.highestVersion());
            apis.add(one);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("broker", broker.broker().id());
        document.put("apis", apis);
        return document;
    }
}

package io.millrace.broker.zk;

/** Where things are in ZooKeeper, below the chroot. */
public final class ZkPaths {
    public static final String CLUSTER = "/cluster";
    public static final String CLUSTER_ID = "/cluster/id";
    public static final String CONTROLLER = "/controller";
    public static final String CONTROLLER_EPOCH = "/controller_epoch";
    public static final String FEATURE = "/feature";
    public static final String BROKER_IDS = "/brokers/ids";
    public static final String BROKER_SEQ_ID = "/brokers/seqid";
    public static final String TOPICS = "/brokers/topics";
    public static final String CONFIG = "/config";
    public static final String CONFIG_CHANGES = "/config/changes";
    public static final String CONFIG_CHANGE_PREFIX = "/config/changes/config_change_";
    public static final String DELETE_TOPICS = "/admin/delete_topics";
    public static final String PREFERRED_ELECTION = "/admin/preferred_replica_election";
    public static final String REASSIGN_PARTITIONS = "/admin/reassign_partitions";
    public static final String ISR_CHANGES = "/isr_change_notification";
    public static final String LOG_DIR_EVENTS = "/log_dir_event_notification";
    public static final String PRODUCER_ID_BLOCK = "/latest_producer_id_block";

    private ZkPaths() {}

    public static String brokerId(int id) {
        return BROKER_IDS + "/" + id;
    }

    public static String topic(String topic) {
        return TOPICS + "/" + topic;
    }

    public static String partitions(String topic) {
        return topic(topic) + "/partitions";
    }

    public static String partition(String topic, int partition) {
        return partitions(topic) + "/" + partition;
    }

    public static String partitionState(String topic, int partition) {
        return partition(topic, partition) + "/state";
    }

    public static String deleteTopic(String topic) {
        return DELETE_TOPICS + "/" + topic;
    }

    /** Where the configs of an entity are, such as type {@code topics} and name {@code orders}. */
    public static String config(String type, String name) {
        return CONFIG + "/" + type + "/" + name;
    }
}

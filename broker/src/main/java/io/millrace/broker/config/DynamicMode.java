package io.millrace.broker.config;

/** Whether a setting of a running broker can be changed by AlterConfigs, and for whom. */
public enum DynamicMode {
    /** Only by the configuration file and a restart. */
    READ_ONLY("read-only"),
    /** For one broker. */
    PER_BROKER("per-broker"),
    /** For one broker or as the default of all. */
    CLUSTER_WIDE("cluster-wide");

    private final String text;

    DynamicMode(String text) {
        this.text = text;
    }

    /** The name Kafka's documentation gives it. */
    public String text() {
        return text;
    }
}

package io.millrace.protocol.record;

/** Who set the timestamps of a batch. The names are those of the configuration key {@code message.timestamp.type}. */
public enum TimestampType {
    /** The client that made the record; each record has its own. */
    CREATE_TIME("CreateTime"),

    /** The broker that appended it; all records of a batch share the batch's maximal timestamp. */
    LOG_APPEND_TIME("LogAppendTime");

    private final String configName;

    TimestampType(String configName) {
        this.configName = configName;
    }

    public String configName() {
        return configName;
    }
}

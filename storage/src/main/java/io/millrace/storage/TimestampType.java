package io.millrace.storage;

/** Whose clock gives a record its timestamp ({@code message.timestamp.type}). */
public enum TimestampType {
    /** The producer's. */
    CREATE_TIME("CreateTime"),
    /** The broker's, at the append. */
    LOG_APPEND_TIME("LogAppendTime");

    private final String configValue;

    TimestampType(String configValue) {
        this.configValue = configValue;
    }

    /** The name in a configuration. */
    public String configValue() {
        return configValue;
    }
}

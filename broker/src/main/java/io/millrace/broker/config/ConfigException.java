package io.millrace.broker.config;

/** A configuration that a broker cannot start with. The message is one line that says which key, which value and which rule. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }

    /** A value that breaks a rule, as {@code key=value: rule}. */
    static ConfigException refused(String key, String value, String rule) {
        return new ConfigException(key + "=" + value + ": " + rule);
    }
}

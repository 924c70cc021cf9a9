package io.millrace.broker.metadata;

import org.jspecify.annotations.Nullable;

/** What a topic may be called. Names become directories and paths in ZooKeeper, so nothing else is let through anywhere. */
public final class TopicNames {
    /** The longest name, which leaves room in a file name for the partition and a suffix. */
    public static final int MAX_LENGTH = 249;

    private TopicNames() {}

    /** Why this cannot be the name of a topic, or null if it can. */
    public static @Nullable String problem(String name) {
        if (name.isEmpty()) {
            return "the empty string is not allowed";
        }
        if (name.equals(".") || name.equals("..")) {
            return "'" + name + "' is not allowed";
        }
        if (name.length() > MAX_LENGTH) {
            return "the length of '" + name + "' is longer than the max allowed length " + MAX_LENGTH;
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isLegal(name.charAt(i))) {
                return "'" + name
                        + "' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
            }
        }
        return null;
    }

    public static boolean isValid(String name) {
        return problem(name) == null;
    }

    /** Whether two names cannot be told apart in the names of metrics, where a dot is written as an underscore. */
    public static boolean collide(String one, String other) {
        return one.length() == other.length() && one.replace('.', '_').equals(other.replace('.', '_'));
    }

    private static boolean isLegal(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
    }
}

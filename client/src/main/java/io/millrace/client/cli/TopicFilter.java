package io.millrace.client.cli;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which topics an option means: a regular expression of whole names, in which a comma separates alternatives. */
record TopicFilter(Pattern names) {
    private static final Set<String> INTERNAL = Set.of("__consumer_offsets", "__transaction_state");

    static TopicFilter of(String text) {
        String regex = text.trim()
                .replace(',', '|')
                .replace(" ", "")
                .replaceAll("^[\"']+", "")
                .replaceAll("[\"']+$", "");
        try {
            return new TopicFilter(Pattern.compile(regex));
        } catch (PatternSyntaxException e) {
            throw new ToolFailure(regex + " is an invalid regex.");
        }
    }

    boolean matches(String topic) {
        return names.matcher(topic).matches();
    }

    /** Whether the topic belongs to the cluster itself. */
    static boolean isInternal(String topic) {
        return INTERNAL.contains(topic);
    }
}

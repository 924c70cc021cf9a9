package io.millrace.client.cli;

import java.text.ParseException;
import java.text.SimpleDateFormat;

/** Times as Kafka's tools take them: {@code YYYY-MM-DDTHH:mm:SS.sss}, in UTC unless a zone follows. */
final class Times {
    private Times() {}

    /** Milliseconds since the epoch. */
    static long parse(String text) {
        int time = text.indexOf('T');
        boolean zoned = time >= 0 && text.substring(time).matches(".*[Z+-].*");
        String pattern = text.indexOf('.') >= 0 ? "yyyy-MM-dd'T'HH:mm:ss.SSSX" : "yyyy-MM-dd'T'HH:mm:ssX";
        try {
            return new SimpleDateFormat(pattern, java.util.Locale.ROOT)
                    .parse(zoned ? text : text + "Z")
                    .getTime();
        } catch (ParseException e) {
            throw new ToolFailure(
                    "'" + text + "' is no time: write YYYY-MM-DDTHH:mm:SS.sss, for example 2026-01-31T08:30:00.000");
        }
    }
}

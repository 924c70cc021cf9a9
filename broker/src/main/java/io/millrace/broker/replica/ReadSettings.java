package io.millrace.broker.replica;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntSupplier;

/**
 * The settings of topics during one request of the controller: read once for each topic, because a look at ZooKeeper for each
 * partition would take its time where a broker has thousands, and again if somebody has changed settings since. One thread.
 */
final class ReadSettings {
    private final Function<String, TopicSettings> source;
    private final IntSupplier changes;
    private final Map<String, TopicSettings> read = new HashMap<>();
    private int changesBefore;

    /**
     * @param source reads the settings of a topic by its name
     * @param changes how often settings were changed, counted before anybody is told what they are now
     */
    ReadSettings(Function<String, TopicSettings> source, IntSupplier changes) {
        this.source = source;
        this.changes = changes;
        this.changesBefore = changes.getAsInt();
    }

    TopicSettings of(String topic) {
        int changesNow = changes.getAsInt();
        if (changesNow != changesBefore) {
            changesBefore = changesNow;
            read.clear();
        }
        return read.computeIfAbsent(topic, source);
    }
}

package io.millrace.storage.tool;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where what is found in files goes: text like that of Kafka's tool, or one JSON document. */
interface DumpOutput {
    /**
     * Begins a file.
     *
     * @param list what its entries are called; null if they are not to be shown
     */
    void file(Path path, @Nullable String list);

    /** The index begun last was only checked, and is in order. */
    void passed(Path path);

    /** New fields, for one of the following. */
    Fields fields();

    /** Something about the file as a whole; {@code text} is how it looks as text, empty for not at all. */
    void property(String name, long value, String text);

    /** A batch, or an entry of an index. */
    void entry(Fields fields);

    /** A record in the batch that came last. */
    void record(Fields fields);

    /** Ends all with what was found wrong. */
    void end(Findings findings);
}

package io.millrace.storage.tool;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One document on one line, printed as it comes, since a log may be larger than memory:
 * {@code {"files":[{"file":…,"batches":[{…,"records":[…]}]}],"wrong":[{"file":…,"what":…}]}}. Of quiet work the files have their names
 * only.
 */
final class JsonOutput implements DumpOutput {
    private final PrintStream out;
    private final boolean quiet;
    private boolean begun;
    private boolean inFile;
    private boolean inList;
    private boolean inEntry;
    private boolean inRecords;
    private boolean hasEntries;
    private final StringBuilder properties = new StringBuilder();

    JsonOutput(PrintStream out, boolean quiet) {
        this.out = out;
        this.quiet = quiet;
    }

    @Override
    public void file(Path path, @Nullable String list) {
        endFile();
        out.print(begun ? "," : "{\"files\":[");
        begun = true;
        inFile = true;
        hasEntries = false;
        out.print("{\"file\":" + PlainFields.json(path.toString()));
        inList = !quiet && list != null;
        if (inList) {
            out.print("," + PlainFields.json(Objects.requireNonNull(list)) + ":[");
        }
    }

    @Override
    public void passed(Path path) {
        properties.append(",\"passedSanityCheck\":true");
    }

    @Override
    public Fields fields() {
        return new Fields(true);
    }

    @Override
    public void property(String name, long value, String text) {
        properties.append(',').append(PlainFields.json(name)).append(':').append(value);
    }

    @Override
    public void entry(Fields fields) {
        if (!quiet) {
            endEntry();
            out.print((hasEntries ? ",{" : "{") + fields);
            hasEntries = true;
            inEntry = true;
        }
    }

    @Override
    public void record(Fields fields) {
        if (!quiet) {
            out.print((inRecords ? ",{" : ",\"records\":[{") + fields + "}");
            inRecords = true;
        }
    }

    private void endEntry() {
        if (inRecords) {
            out.print("]");
        }
        if (inEntry) {
            out.print("}");
        }
        inRecords = false;
        inEntry = false;
    }

    private void endFile() {
        endEntry();
        if (inFile) {
            out.print((inList ? "]" : "") + (quiet ? "" : properties) + "}");
        }
        inFile = false;
        properties.setLength(0);
    }

    @Override
    public void end(Findings findings) {
        endFile();
        StringJoiner wrong = new StringJoiner(",", "],\"wrong\":[", "]}");
        findings.all()
                .forEach(finding ->
                        wrong.add("{\"file\":" + PlainFields.json(finding.file().toString()) + ",\"what\":"
                                + PlainFields.json(finding.what()) + "}"));
        out.print((begun ? "" : "{\"files\":[") + wrong + "\n");
        out.flush();
    }
}

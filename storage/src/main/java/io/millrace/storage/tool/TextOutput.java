package io.millrace.storage.tool;

import java.io.PrintStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Line by line, as Kafka's tool prints; of quiet work only what is wrong. */
final class TextOutput implements DumpOutput {
    private final PrintStream out;
    private final boolean quiet;

    TextOutput(PrintStream out, boolean quiet) {
        this.out = out;
        this.quiet = quiet;
    }

    @Override
    public void file(Path path, @Nullable String list) {
        print("Dumping " + path);
    }

    @Override
    public void passed(Path path) {
        print(path + " passed sanity check.");
    }

    @Override
    public Fields fields() {
        return new Fields(false);
    }

    @Override
    public void property(String name, long value, String text) {
        if (!text.isEmpty()) {
            print(text);
        }
    }

    @Override
    public void entry(Fields fields) {
        print(fields.toString());
    }

    @Override
    public void record(Fields fields) {
        print("| " + fields);
    }

    @Override
    public void end(Findings findings) {
        if (!findings.all().isEmpty()) {
            out.println("Found wrong:");
            findings.all().forEach(finding -> out.println(finding.file() + ": " + finding.what()));
        }
        out.flush();
    }

    private void print(String line) {
        if (!quiet) {
            out.println(line);
        }
    }
}

package io.millrace.storage.tool;

import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Prints the batches and records of segments and checks index against log: {@code dump-log.sh}. Options and output are those of Kafka's
 * {@code DumpLogSegments}; {@code --directory} looks at everything below a directory.
 */
public final class DumpLog {
    private final DumpOptions options;
    private final DumpOutput output;
    private final PrintStream err;
    private final Findings findings = new Findings();
    private final Map<Path, LogDump.Extent> extents = new HashMap<>();

    private DumpLog(DumpOptions options, PrintStream out, PrintStream err) {
        this.options = options;
        this.output = options.json() ? new JsonOutput(out, options.quiet()) : new TextOutput(out, options.quiet());
        this.err = err;
    }

    /**
     * Does what the arguments say.
     *
     * @param terminal whether a person looks at both streams, who is shown how far the work is while nothing else is printed
     * @return 0 if all is well, 1 if something was found wrong, or the arguments make no sense
     */
    public static int run(String[] args, PrintStream out, PrintStream err, boolean terminal) {
        try {
            List<String> written = List.of(Arguments.written(args));
            if (written.contains("--help")) {
                out.print(DumpOptions.USAGE);
                return 0;
            }
            if (written.contains("--version")) {
                String version = DumpLog.class.getPackage().getImplementationVersion();
                out.println("Millrace " + (version == null ? "development" : version));
                return 0;
            }
            return new DumpLog(DumpOptions.parse(args), out, err).dumpAll(terminal) ? 0 : 1;
        } catch (IllegalArgumentException e) {
            out.flush();
            err.println(e.getMessage() + "; --help lists the options");
            return 1;
        } finally {
            out.flush();
        }
    }

    private boolean dumpAll(boolean terminal) {
        try (DumpProgress progress = new DumpProgress(
                options, findings, err, terminal && options.quiet() && !options.json(), System::nanoTime)) {
            for (Path path : options.files()) {
                progress.begin(path);
                try {
                    dump(path, progress);
                } catch (IOException e) {
                    findings.add(path, "cannot be read: " + DirectoryFiles.reason(e));
                }
            }
        }
        new DirectoryCheck(findings, extents).check(options);
        output.end(findings);
        if (!options.directories().isEmpty()) {
            err.println("Looked at " + options.files().size() + " files, "
                    + findings.all().size() + " things wrong");
        }
        return findings.all().isEmpty();
    }

    private void dump(Path path, DumpProgress progress) throws IOException {
        String name = path.getFileName().toString();
        switch (name.substring(name.indexOf('.'))) {
            case SegmentFiles.LOG -> {
                output.file(path, "batches");
                LogDump.Extent extent = new LogDump(options, output, findings, progress).dump(path);
                if (extent != null) {
                    extents.put(path, extent);
                }
            }
            case SegmentFiles.OFFSET_INDEX -> {
                index(path, dump -> dump.dumpOffsets(path), progress);
            }
            case SegmentFiles.TIME_INDEX -> {
                index(path, dump -> dump.dumpTimes(path), progress);
            }
            case SegmentFiles.TXN_INDEX -> {
                output.file(path, "transactions");
                new StateDump(output, findings).dumpTransactions(path);
            }
            default -> {
                output.file(path, "producers");
                new StateDump(output, findings).dumpSnapshot(path);
            }
        }
    }

    /** How one of the two kinds of index is gone through. */
    @FunctionalInterface
    private interface IndexWork {
        void with(IndexDump dump) throws IOException;
    }

    private void index(Path path, IndexWork work, DumpProgress progress) throws IOException {
        boolean shown = !options.sanity() && !options.verify();
        output.file(path, shown ? "entries" : null);
        int before = findings.all().size();
        work.with(new IndexDump(output, shown, findings, progress));
        boolean empty = path.toString().endsWith(SegmentFiles.OFFSET_INDEX) && Files.size(path) == 0;
        if (options.sanity() && !empty && findings.all().size() == before) {
            output.passed(path);
        }
    }
}

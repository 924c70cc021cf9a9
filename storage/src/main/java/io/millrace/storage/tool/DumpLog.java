package io.millrace.storage.tool;

import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Prints the batches and records of segments and checks index against log: {@code dump-log.sh}. Options and output are those of Kafka's
 * {@code DumpLogSegments}; {@code --directory} looks at everything below a directory.
 */
public final class DumpLog {
    private static final long PROGRESS_NS = 5_000_000_000L;

    private final DumpOptions options;
    private final PrintStream out;
    private final PrintStream progress;
    private final Findings findings = new Findings();

    private DumpLog(DumpOptions options, PrintStream out, PrintStream progress) {
        this.options = options;
        this.out = out;
        this.progress = progress;
    }

    public static void main(String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    /** Does what the arguments say; 0 if all is well, 1 if something was found wrong, 2 if the arguments make no sense. */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        if (List.of(args).contains("--help")) {
            out.print(DumpOptions.USAGE);
            return 0;
        }
        try {
            return new DumpLog(DumpOptions.parse(args), out, err).dumpAll() ? 0 : 1;
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage() + "; --help lists the options");
            return 2;
        }
    }

    private boolean dumpAll() {
        long saidNs = System.nanoTime();
        int done = 0;
        for (Path path : options.files()) {
            if (options.progress() && System.nanoTime() - saidNs > PROGRESS_NS) {
                saidNs = System.nanoTime();
                progress.println("Looked at " + done + " of " + options.files().size() + " files, "
                        + findings.all().size() + " things wrong so far");
            }
            done++;
            if (!options.quiet()) {
                out.println("Dumping " + path);
            }
            try {
                dump(path);
            } catch (IOException e) {
                findings.add(path, "cannot be read: " + e);
            }
        }
        if (!findings.all().isEmpty()) {
            out.println("Found wrong:");
            findings.all().forEach(out::println);
        }
        if (options.progress()) {
            progress.println("Looked at " + done + " files, " + findings.all().size() + " things wrong");
        }
        return findings.all().isEmpty();
    }

    private void dump(Path path) throws IOException {
        String name = path.getFileName().toString();
        int dot = name.indexOf('.');
        switch (dot < 0 ? "" : name.substring(dot)) {
            case SegmentFiles.LOG -> new LogDump(options, out, findings).dump(path);
            case SegmentFiles.OFFSET_INDEX -> new IndexDump(options, out, findings).dumpOffsets(path);
            case SegmentFiles.TIME_INDEX -> new IndexDump(options, out, findings).dumpTimes(path);
            case SegmentFiles.TXN_INDEX -> new StateDump(options, out, findings).dumpTransactions(path);
            case SegmentFiles.PRODUCER_SNAPSHOT -> new StateDump(options, out, findings).dumpSnapshot(path);
            default ->
                throw new IllegalArgumentException(path + " is none of .log, .index, .timeindex, .txnindex, .snapshot");
        }
    }
}

package io.millrace.storage.tool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the tool is asked for; the names are those of Kafka's tool.
 *
 * @param files to look at
 * @param deep records too, not only batches
 * @param data keys and values too
 * @param quiet print only what is wrong
 * @param recordMetadata offset, timestamp and sizes before the data of a record
 * @param maxBytes of a log file to look at
 */
record DumpOptions(List<Path> files, boolean deep, boolean data, boolean quiet, boolean recordMetadata, long maxBytes) {
    static final String USAGE = """
            Prints and checks the files of logs. Changes nothing.
              --files FILE,FILE,...    .log, .index, .timeindex, .txnindex, .snapshot files
              --directory DIR          every file of a partition's directory, or of all partitions of a log directory
              --deep-iteration         records too, not only batches
              --print-data-log         keys and values too
              --verify-index-only      check the indexes without printing them
              --index-sanity-check     the same
              --skip-record-metadata   only the data of a record
              --max-bytes BYTES        look at so much of each log file at most
              --help                   this text
            Ends with status 1 if something is wrong.
            """;

    /** @throws IllegalArgumentException saying what is wrong with the arguments */
    static DumpOptions parse(String[] args) {
        List<Path> files = new ArrayList<>();
        boolean deep = false;
        boolean data = false;
        boolean quiet = false;
        boolean recordMetadata = true;
        long maxBytes = Long.MAX_VALUE;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--files" ->
                    Arrays.stream(value(args, ++i).split(",")).map(Path::of).forEach(files::add);
                case "--directory" -> files.addAll(DirectoryFiles.of(Path.of(value(args, ++i))));
                case "--deep-iteration" -> deep = true;
                case "--print-data-log" -> data = true;
                case "--verify-index-only", "--index-sanity-check" -> quiet = true;
                case "--skip-record-metadata" -> recordMetadata = false;
                case "--max-bytes" -> maxBytes = number(value(args, ++i));
                default -> throw new IllegalArgumentException("There is no option " + args[i]);
            }
        }
        if (files.isEmpty()) {
            throw new IllegalArgumentException("Name files with --files or a directory with --directory");
        }
        return new DumpOptions(files, deep || data, data, quiet, recordMetadata, maxBytes);
    }

    private static String value(String[] args, int index) {
        if (index >= args.length) {
            throw new IllegalArgumentException(args[index - 1] + " needs a value");
        }
        return args[index];
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a number of bytes", e);
        }
    }
}

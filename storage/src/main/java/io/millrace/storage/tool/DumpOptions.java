package io.millrace.storage.tool;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the tool is asked for; the names are those of Kafka's tool.
 *
 * @param files to look at
 * @param deep records too, not only batches
 * @param data keys and values too
 * @param quiet print only what is wrong
 * @param sanity of an index say whether it is in order instead of what is in it
 * @param verify of an index say only what is wrong
 * @param recordMetadata offset, timestamp and sizes before the data of a record
 * @param maxBytes of a log file to look at
 * @param text how keys and values are printed
 * @param directories that were named, whose files are among those; then it is said at the end how much was looked at
 * @param json whether to print a JSON document
 */
record DumpOptions(
        List<Path> files,
        boolean deep,
        boolean data,
        boolean quiet,
        boolean sanity,
        boolean verify,
        boolean recordMetadata,
        long maxBytes,
        RecordText text,
        List<Path> directories,
        boolean json) {
    static final String USAGE = """
            Prints and checks the files of logs. Changes nothing. With --directory and --verify-index-only: only what is wrong.
              --files FILE,FILE,...    .log, .index, .timeindex, .txnindex, .snapshot files
              --directory DIR          every file of a partition's directory, or of all partitions of a log directory;
                                       tells of files that are missing, too
              --deep-iteration         records too, not only batches
              --print-data-log         keys and values too
              --verify-index-only      check the indexes without printing what is in them
              --index-sanity-check     say of each index that it is in order, or what is wrong
              --offsets-decoder        keys and values as what __consumer_offsets holds: commits and groups
              --transaction-log-decoder  keys and values as what __transaction_state holds
              --key-decoder-class CLASS  keys as this class makes them out: Kafka's org.apache.kafka.tools.api.LongDecoder, or
                                       IntegerDecoder, StringDecoder, DefaultDecoder there, or any on the class path with a
                                       method fromBytes(byte[])
              --value-decoder-class CLASS  values likewise
              --skip-record-metadata   only the data of a record
              --max-message-size BYTES accepted, not needed
              --max-bytes BYTES        look at so much of each log file at most
              --json                   one JSON document instead of text
              --help                   this text
              --version                the version
            Options may be shortened as long as they stay unique; --files=FILE is --files FILE.
            Ends with status 1 if something is wrong in the files, or with these options.
            Examples:
              dump-log.sh --files data/logs/clicks-0/00000000000000000000.log --print-data-log
              dump-log.sh --directory data/logs --verify-index-only
              dump-log.sh --directory data/logs/clicks-0 --json | jq '.files[].batches[]?.count'
              dump-log.sh --offsets-decoder --files data/logs/__consumer_offsets-7/00000000000000000000.log
            """;

    /** @throws IllegalArgumentException saying what is wrong with the arguments */
    static DumpOptions parse(String[] written) {
        String[] args = Arguments.written(written);
        List<Path> files = new ArrayList<>();
        boolean deep = false;
        boolean data = false;
        boolean verify = false;
        boolean sanity = false;
        boolean recordMetadata = true;
        long maxBytes = Long.MAX_VALUE;
        @Nullable RecordText text = null;
        Function<ByteBuffer, String> keys = RecordText::utf8;
        Function<ByteBuffer, String> values = RecordText::utf8;
        List<Path> directories = new ArrayList<>();
        boolean json = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--files" ->
                    Arrays.stream(value(args, ++i).split(",")).map(Path::of).forEach(files::add);
                case "--offsets-decoder" -> {
                    data = true;
                    text = new OffsetsDecoder();
                }
                case "--transaction-log-decoder" -> {
                    data = true;
                    text = new TransactionLogDecoder();
                }
                // Every message that is there is read, whatever its size.
                case "--max-message-size" -> number(value(args, ++i));
                case "--key-decoder-class" -> {
                    data = true;
                    if (hasValue(args, i)) {
                        keys = DecodedText.decoder(args[++i]);
                    }
                }
                case "--value-decoder-class" -> {
                    data = true;
                    if (hasValue(args, i)) {
                        values = DecodedText.decoder(args[++i]);
                    }
                }
                case "--cluster-metadata-decoder", "--remote-log-metadata-decoder" ->
                    throw new IllegalArgumentException(
                            args[i] + " is for what this broker does not have: leave it out");
                case "--directory" -> {
                    Path dir = Path.of(value(args, ++i));
                    List<Path> found = DirectoryFiles.of(dir);
                    if (found.isEmpty()) {
                        throw new IllegalArgumentException(
                                "There is no file of a log in " + dir + " or the directories in it");
                    }
                    files.addAll(found);
                    directories.add(dir);
                }
                case "--json" -> json = true;
                case "--deep-iteration" -> deep = true;
                case "--print-data-log" -> data = true;
                case "--verify-index-only" -> verify = true;
                case "--index-sanity-check" -> sanity = true;
                case "--skip-record-metadata" -> recordMetadata = false;
                case "--max-bytes" -> maxBytes = number(value(args, ++i));
                default -> throw new IllegalArgumentException("There is no option " + args[i]);
            }
        }
        if (files.isEmpty()) {
            throw new IllegalArgumentException("Name files with --files or a directory with --directory");
        }
        files.forEach(DumpOptions::requireKnown);
        // As in Kafka's tool the sanity check wins. Of a whole directory only what is wrong is of interest.
        boolean quiet = !directories.isEmpty() && (sanity || verify);
        // The decoders of internal topics win over those of keys and values, as in Kafka's tool.
        RecordText decoded = text != null ? text : new DecodedText(keys, values);
        return new DumpOptions(
                files,
                deep || data,
                data,
                quiet,
                sanity && !quiet,
                verify && !sanity && !quiet,
                recordMetadata,
                maxBytes,
                decoded,
                directories,
                json);
    }

    private static void requireKnown(Path file) {
        if (!DirectoryFiles.isSegmentFile(file)) {
            if (!Files.exists(file)) {
                throw new IllegalArgumentException("There is no file " + file);
            }
            throw new IllegalArgumentException(file + " is none of .log, .index, .timeindex, .txnindex, .snapshot"
                    + " named after an offset of 20 digits");
        }
    }

    private static String value(String[] args, int index) {
        if (index >= args.length) {
            throw new IllegalArgumentException(args[index - 1] + " needs a value");
        }
        return args[index];
    }

    // Kafka's tool takes the names of these without a value for the default.
    private static boolean hasValue(String[] args, int index) {
        return index + 1 < args.length && !args[index + 1].startsWith("--");
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a number of bytes", e);
        }
    }
}

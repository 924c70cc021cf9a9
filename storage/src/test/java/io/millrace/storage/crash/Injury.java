package io.millrace.storage.crash;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What is done to the files of a killed process before they are opened, and what may be missing then:
 *
 * <ul>
 *   <li>zeros or garbage behind the data, indexes, snapshots, epochs, checkpoints missing, cut or full of garbage: nothing;
 *   <li>the end of a log torn off: what was torn, and nothing in front of it;
 *   <li>a bit flipped in a batch: that batch, and if it had not been flushed what lies behind it. The offset and the epoch of a batch,
 *       which the broker sets after the producer has computed the checksum, are spared.
 * </ul>
 *
 * @param kind what was done, to which file
 * @param partition whose log lost something; null if none did
 * @param firstOffset that may be missing
 * @param nextOffset that may not, unless the log ends before
 * @param flushed whether what lies behind may not be missing either
 * @param indexes whether files were spoiled that tell where something is in a log. Of one that was synced, nobody sees that its list of
 *     aborted transactions is gone, or ends early
 */
record Injury(
        String kind, TopicPartition partition, long firstOffset, long nextOffset, boolean flushed, boolean indexes) {
    private static final String INDEX = "index";

    static Injury inflict(Path dir, Random random) throws IOException {
        return switch (random.nextInt(6)) {
            case 0 -> tear(dir, random);
            case 1, 2 -> flip(dir, random);
            case 3 -> append(dir, random);
            case 4 -> spoil(dir, random, INDEX, 4);
            default -> spoil(dir, random, random.nextBoolean() ? "checkpoint" : ".snapshot", 2);
        };
    }

    boolean concerns(TopicPartition other) {
        return other.equals(partition);
    }

    boolean mayTake(long offset, long logEndOffset) {
        boolean inTheBatch = offset >= firstOffset && offset < nextOffset;
        return inTheBatch || (!flushed && offset >= firstOffset && offset >= logEndOffset);
    }

    private static Injury tear(Path dir, Random random) throws IOException {
        List<Path> logs = logs(dir, random);
        Path last = logs.get(logs.size() - 1);
        List<Batch> batches = batches(last);
        if (batches.isEmpty()) {
            return append(dir, random);
        }
        Batch lastBatch = batches.get(batches.size() - 1);
        long cut = Math.max(0, lastBatch.position + lastBatch.size - 1 - random.nextInt(300));
        long first = batches.stream()
                .filter(batch -> batch.position + batch.size > cut)
                .findFirst()
                .orElseThrow()
                .baseOffset;
        try (FileChannel channel = FileChannel.open(last, StandardOpenOption.WRITE)) {
            channel.truncate(cut);
        }
        return new Injury("tore " + last + " at " + cut, partition(last), first, Long.MAX_VALUE, false, false);
    }

    private static Injury flip(Path dir, Random random) throws IOException {
        List<Path> logs = logs(dir, random);
        Path log = logs.get(random.nextInt(logs.size()));
        List<Batch> batches = batches(log);
        if (batches.isEmpty()) {
            return append(dir, random);
        }
        Batch batch = batches.get(random.nextInt(batches.size()));
        int at;
        do {
            at = BatchHeader.BATCH_LENGTH + random.nextInt(batch.size - BatchHeader.BATCH_LENGTH);
        } while (at >= BatchHeader.PARTITION_LEADER_EPOCH && at < BatchHeader.MAGIC);
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, batch.position + at);
            one.put(0, (byte) (one.get(0) ^ 1 << random.nextInt(8)));
            channel.write(one.flip(), batch.position + at);
        }
        boolean followed = batch != batches.get(batches.size() - 1) || log != logs.get(logs.size() - 1);
        boolean flushed = batch.baseOffset < recoveryPoint(dir, partition(log)) && followed;
        return new Injury(
                "flipped byte " + at + " of the batch at " + batch.position + " of " + log,
                partition(log),
                batch.baseOffset,
                batch.nextOffset,
                flushed,
                false);
    }

    private static Injury append(Path dir, Random random) throws IOException {
        List<Path> logs = logs(dir, random);
        Path last = logs.get(logs.size() - 1);
        List<Batch> batches = batches(last);
        long end =
                batches.isEmpty() ? 0 : batches.get(batches.size() - 1).position + batches.get(batches.size() - 1).size;
        byte[] tail = new byte[1 + random.nextInt(20_000)];
        boolean zeros = random.nextBoolean();
        if (!zeros) {
            random.nextBytes(tail);
        }
        try (FileChannel channel = FileChannel.open(last, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(tail), end);
        }
        return none((zeros ? "zeros" : "garbage") + " behind the data of " + last, false);
    }

    private static Injury spoil(Path dir, Random random, String suffix, int oneIn) throws IOException {
        String how = List.of("deleted", "cut", "filled with garbage").get(random.nextInt(3));
        StringBuilder files = new StringBuilder();
        try (Stream<Path> paths = Files.walk(dir, 2)) {
            for (Path path : paths.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList()) {
                // Where the log begins is known by nothing else.
                if (random.nextInt(oneIn) != 0 || path.endsWith("log-start-offset-checkpoint")) {
                    continue;
                }
                files.append(' ').append(dir.relativize(path));
                byte[] content = new byte[random.nextInt((int) Files.size(path) + 1)];
                random.nextBytes(content);
                switch (how) {
                    case "deleted" -> Files.delete(path);
                    case "cut" -> {
                        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                            channel.truncate(content.length);
                        }
                    }
                    default -> Files.write(path, content);
                }
            }
        }
        return none(how + files, suffix.equals(INDEX));
    }

    private static Injury none(String kind, boolean indexes) {
        return new Injury(kind, new TopicPartition("none", 0), -1, -1, true, indexes);
    }

    /** A batch as its header says. */
    private record Batch(long position, int size, long baseOffset, long nextOffset) {}

    private static List<Batch> batches(Path log) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(log));
        Stream.Builder<Batch> batches = Stream.builder();
        int at = 0;
        while (bytes.limit() - at >= BatchHeader.RECORDS
                && BatchHeader.magic(bytes, at) == BatchHeader.CURRENT_MAGIC
                && BatchHeader.sizeInBytes(bytes, at) <= bytes.limit() - at) {
            int size = BatchHeader.sizeInBytes(bytes, at);
            batches.add(new Batch(at, size, BatchHeader.baseOffset(bytes, at), BatchHeader.nextOffset(bytes, at)));
            at += size;
        }
        return batches.build().toList();
    }

    /** Where the batches of a segment end. */
    static long dataBytes(Path log) throws IOException {
        return batches(log).stream()
                .mapToLong(batch -> batch.position + batch.size)
                .max()
                .orElse(0);
    }

    // The segments of one of the logs, in order.
    private static List<Path> logs(Path dir, Random random) throws IOException {
        int number = random.nextInt(CrashChild.LOGS + 1);
        TopicPartition which = number < CrashChild.LOGS ? CrashChild.partition(number) : CrashChild.COMPACTED;
        Path partition = dir.resolve(which.toString());
        if (Files.notExists(partition)) {
            return List.of(Files.createFile(Files.createDirectories(partition).resolve("0".repeat(20) + ".log")));
        }
        try (Stream<Path> files = Files.list(partition)) {
            List<Path> logs = files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
            return logs.isEmpty() ? List.of(Files.createFile(partition.resolve("0".repeat(20) + ".log"))) : logs;
        }
    }

    private static TopicPartition partition(Path log) {
        String name = log.getParent().getFileName().toString();
        int dash = name.lastIndexOf('-');
        return new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
    }

    private static long recoveryPoint(Path dir, TopicPartition partition) throws IOException {
        return checkpoint(dir, "recovery-point-offset-checkpoint", partition);
    }

    /** What a checkpoint of a log directory says of a partition; -1 for nothing. */
    static long checkpoint(Path dir, String name, TopicPartition partition) throws IOException {
        Path checkpoint = dir.resolve(name);
        if (Files.notExists(checkpoint)) {
            return -1;
        }
        return Files.readAllLines(checkpoint).stream()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 3
                        && words[0].equals(partition.topic())
                        && Integer.parseInt(words[1]) == partition.partition())
                .mapToLong(words -> Long.parseLong(words[2]))
                .findFirst()
                .orElse(-1);
    }

    static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                if (!path.getFileName().toString().equals(".lock")) {
                    Files.copy(path, to.resolve(from.relativize(path)));
                }
            }
        }
    }

    static void deleteTree(Path dir) throws IOException {
        try (Stream<Path> paths = Files.walk(dir)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}

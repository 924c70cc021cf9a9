package io.millrace.storage.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transactions whose ABORT marker lies in a segment, in the order of the markers. The file exists only when there is one.
 *
 * <pre>
 *  0 version = 0 (2) | 2 producer id (8) | 10 first offset (8) | 18 last offset: the marker's (8) | 26 last stable offset (8)
 * </pre>
 *
 * Entries are few and small: they are kept in memory once they were asked for. Any thread.
 */
public final class TransactionIndex {
    public static final int ENTRY_BYTES = 34;
    private static final short VERSION = 0;

    private Path path;
    private boolean mayExist;
    private @Nullable List<AbortedTransaction> entries;

    /** @param exists whether the file is there now */
    public TransactionIndex(Path path, boolean exists) {
        this.path = path;
        this.mayExist = exists;
    }

    /** Appends an entry, to be made durable by {@link #force}. */
    public synchronized void append(AbortedTransaction transaction) throws IOException {
        List<AbortedTransaction> longer = new ArrayList<>(entries());
        longer.add(transaction);
        ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES)
                .putShort(VERSION)
                .putLong(transaction.producerId())
                .putLong(transaction.firstOffset())
                .putLong(transaction.lastOffset())
                .putLong(transaction.lastStableOffset())
                .flip();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long position = (long) (longer.size() - 1) * ENTRY_BYTES;
            while (entry.hasRemaining()) {
                position += channel.write(entry, position);
            }
        }
        mayExist = true;
        entries = List.copyOf(longer);
    }

    /** All entries, ordered by last offset. */
    public synchronized List<AbortedTransaction> entries() throws IOException {
        List<AbortedTransaction> known = entries;
        if (known == null) {
            known = mayExist ? read() : List.of();
            entries = known;
        }
        return known;
    }

    private List<AbortedTransaction> read() throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(path));
        List<AbortedTransaction> read = new ArrayList<>(in.limit() / ENTRY_BYTES);
        while (in.remaining() >= ENTRY_BYTES) {
            short version = in.getShort();
            if (version != VERSION) {
                throw new IOException(path + " has an entry of version " + version + ", known is " + VERSION);
            }
            read.add(new AbortedTransaction(in.getLong(), in.getLong(), in.getLong(), in.getLong()));
        }
        return List.copyOf(read);
    }

    /** Forgets transactions whose marker lies at or after {@code offset}. */
    public synchronized void truncateTo(long offset) throws IOException {
        int keep = 0;
        List<AbortedTransaction> now = entries();
        while (keep < now.size() && now.get(keep).lastOffset() < offset) {
            keep++;
        }
        if (keep == now.size()) {
            return;
        }
        entries = List.copyOf(now.subList(0, keep));
        if (keep == 0) {
            Files.deleteIfExists(path);
            mayExist = false;
        } else {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate((long) keep * ENTRY_BYTES);
            }
        }
    }

    /** Forgets everything, whatever is in the file. */
    public synchronized void clear() throws IOException {
        Files.deleteIfExists(path);
        mayExist = false;
        entries = List.of();
    }

    public synchronized void force() throws IOException {
        if (mayExist) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }
    }

    public synchronized void rename(Path target) throws IOException {
        if (mayExist) {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        path = target;
    }

    public synchronized void delete() throws IOException {
        if (mayExist) {
            entries();
            Files.deleteIfExists(path);
            mayExist = false;
        }
    }
}

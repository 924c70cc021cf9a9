package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** What batches are appended to: a log, or what no log can do without, as the limit. In a directory of its own, removed at the end. */
interface AppendTarget extends AutoCloseable {
    /** A number that depends on the append. */
    long append(ByteBuffer records);

    @Override
    void close() throws IOException;

    static AppendTarget of(String name) throws IOException {
        return switch (name) {
            case "millrace" -> new MillraceLog();
            case "millrace-mapped" -> new MillraceLog(Integer.MAX_VALUE);
            case "millrace-write" -> new MillraceLog(0);
            case "kafka" -> new KafkaLog();
            case "copy+crc32c" -> new MemoryLimit();
            case "channel-write" -> new ChannelLimit();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** One checksum and one copy into mapped pages that were provided before. */
    final class MemoryLimit implements AppendTarget {
        /** More than one invocation appends, so that every page is a new one, as it is for a log. */
        private static final int WINDOW = 160 * 1024 * 1024;

        private final Path dir = Files.createTempDirectory("limit-bench");
        private final CRC32C crc = new CRC32C();
        private final MappedByteBuffer window;
        private int position;

        MemoryLimit() throws IOException {
            try (FileChannel channel = FileChannel.open(
                    dir.resolve("window"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE)) {
                // Pieces that the kernel can map as a whole; smaller ones cost a fault for each page.
                ByteBuffer zeros = ByteBuffer.allocateDirect(2 * 1024 * 1024);
                for (int at = 0; at < WINDOW; at += zeros.capacity()) {
                    channel.write(zeros.clear(), at);
                }
                window = channel.map(FileChannel.MapMode.READ_WRITE, 0, WINDOW);
            }
        }

        @Override
        public long append(ByteBuffer records) {
            int length = records.rewind().remaining();
            if (position + length > WINDOW) {
                position = 0;
            }
            crc.reset();
            crc.update(records);
            window.put(position, records, 0, length);
            position += length;
            return crc.getValue();
        }

        @Override
        public void close() throws IOException {
            TempDirs.delete(dir);
        }
    }

    /** One call of {@code write} to the end of a new file. */
    final class ChannelLimit implements AppendTarget {
        private final Path dir = Files.createTempDirectory("limit-bench");
        private final FileChannel channel;
        private long position;

        ChannelLimit() throws IOException {
            channel = FileChannel.open(dir.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        }

        @Override
        public long append(ByteBuffer records) {
            try {
                position += channel.write(records.rewind(), position);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            return position;
        }

        @Override
        public void close() throws IOException {
            channel.close();
            TempDirs.delete(dir);
        }
    }
}

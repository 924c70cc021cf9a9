package io.millrace.storage.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.ChildJvm;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.TestLog;
import io.millrace.storage.log.TimestampOffset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Indexes with pages that are gone: the disk does not give them, or as here somebody has cut the file. */
class IndexFaultTest {
    @TempDir
    Path dir;

    /** In a process of its own, which such a fault could end; when the search has been compiled, and before. */
    @ParameterizedTest
    @CsvSource({"fetch, 1", "fetch, 30000", "time, 1", "time, 30000", "append, 1", "append, 3000"})
    void aPageThatIsGoneTakesTheDirectoryOutOfServiceAndMisleadsNobody(String what, int before) throws Exception {
        assertThat(ChildJvm.run(ChildJvm.of(Child.class, dir.toString(), what, Integer.toString(before))))
                .startsWith("0 ")
                .contains("refused, directories out of service: 1");
    }

    /** A log of batches that have an entry each, so that the index alone says where they are. */
    static final class Child {
        private static final int BATCHES = 3000;
        private static final int VALUE_BYTES = 5_000;
        private static final int PAGE = 4096;
        private static final int READS = 500;

        private static byte[] sink = {};

        private final TestLog test;
        private final Random random = new Random(11);
        private final LogSlice slice = new LogSlice();
        private final ByteBuffer read = ByteBuffer.allocate(3 * VALUE_BYTES);

        private Child(Path dir) {
            test = new TestLog(dir, TestLog.config().build());
            append(BATCHES);
        }

        public static void main(String[] args) throws IOException {
            Child child = new Child(Path.of(args[0]));
            int before = Integer.parseInt(args[2]);
            int refused = switch (args[1]) {
                case "fetch" -> child.cutAndAsk(".index", child::fetch, before);
                case "time" -> child.cutAndAsk(".timeindex", child::byTime, before);
                default -> child.cutAndAppend(before);
            };
            System.out.println(
                    refused == 0
                            ? "never refused"
                            : "refused, directories out of service: " + child.test.failures.size());
            // The log cannot be closed any more.
            Runtime.getRuntime().halt(0);
        }

        private void append(int batches) {
            for (int i = 0; i < batches; i++) {
                test.append(Batches.of(TestLog.NOW + test.log.logEndOffset(), "x".repeat(VALUE_BYTES)));
            }
        }

        private interface Question {
            void ask(int offset);
        }

        // How often a question was refused; one that is answered wrongly ends the process.
        private int cutAndAsk(String suffix, Question question, int before) throws IOException {
            for (int i = 0; i < before; i++) {
                question.ask(random.nextInt(BATCHES / 2));
            }
            cut(suffix, PAGE);
            int refused = 0;
            for (int i = 0; i < READS; i++) {
                try {
                    question.ask(random.nextInt(BATCHES / 2));
                } catch (StorageException e) {
                    refused++;
                }
                // An error that waits would be thrown here.
                sink = new byte[8 * 1024 * 1024];
            }
            return refused;
        }

        private void fetch(int offset) {
            test.log.read(offset, 2 * VALUE_BYTES, true, BATCHES, slice);
            read.clear();
            slice.copyTo(read);
            slice.release();
            require(read.position() == 2 * VALUE_BYTES && BatchHeader.baseOffset(read, 0) == offset, "fetch", offset);
        }

        private void byTime(int offset) {
            TimestampOffset found = test.log.offsetForTimestamp(TestLog.NOW + offset);
            require(found.offset() == offset, "look for a timestamp", offset);
        }

        private int cutAndAppend(int before) throws IOException {
            append(before);
            cut(".index", 0);
            int refused = 0;
            for (int i = 0; i < 3; i++) {
                try {
                    append(1);
                } catch (StorageException e) {
                    refused++;
                }
                sink = new byte[8 * 1024 * 1024];
            }
            return refused;
        }

        private void cut(String suffix, long size) throws IOException {
            try (FileChannel file =
                    FileChannel.open(test.dir.resolve("00000000000000000000" + suffix), StandardOpenOption.WRITE)) {
                file.truncate(size);
            }
        }

        private static void require(boolean right, String what, int offset) {
            if (!right) {
                System.out.println("A wrong answer: " + what + " at " + offset);
                Runtime.getRuntime().halt(1);
            }
        }
    }
}

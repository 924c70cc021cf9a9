package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.storage.Await;
import io.millrace.storage.ChildJvm;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that takes its time over a sync of a transaction index. Skipped where there is no C compiler. */
class HeldSyncTest {
    @TempDir
    Path dir;

    /** Nor does who holds the log's lock meanwhile, for whom it would wait: a truncation, and whoever renames segments. */
    @Test
    void anAppendDoesNotWaitForTheSyncOfATransactionIndex() throws Exception {
        Path source = dir.resolve("holdsync.c");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/shim/holdsync.c"))) {
            Files.copy(in, source);
        }
        String library = dir.resolve("holdsync.so").toString();
        assumeTrue(
                ChildJvm.run(new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library, source.toString(), "-ldl"))
                        .startsWith("0 "),
                "there is no C compiler here");
        ProcessBuilder child = ChildJvm.of(Child.class, dir.resolve("logs").toString());
        child.environment().put("LD_PRELOAD", library);
        child.environment().put("HOLDSYNC_TRIGGER", dir.resolve("hold").toString());
        assertThat(ChildJvm.run(child)).startsWith("0 ").contains("appended");
    }

    /** Cuts and appends while a flush is held up. */
    static final class Child {
        private final TestLog test;
        private final Path trigger = Path.of(System.getenv("HOLDSYNC_TRIGGER"));
        private final Path held = trigger.resolveSibling(trigger.getFileName() + ".held");

        private Child(Path dir) {
            test = new TestLog(dir, TestLog.config().build());
        }

        public static void main(String[] args) throws Exception {
            try {
                Child child = new Child(Path.of(args[0]));
                child.holdUp(() -> child.test.log.truncateTo(1));
                child.holdUp(() -> child.test.log.truncateFullyAndStartAt(7));
                child.test.close();
                System.out.println("appended");
            } catch (AssertionError e) {
                // Some thread may wait for ever.
                System.out.println(e);
                Runtime.getRuntime().halt(1);
            }
        }

        private void holdUp(Runnable cut) throws Exception {
            test.append(Batches.transactional(5, 0, 0, TestLog.NOW, "rolled back"));
            test.appendMarker(Batches.marker(5, 0, false, 3, TestLog.NOW));
            Files.writeString(trigger, ".txnindex");
            Thread flush = new Thread(test.log::flush, "flush");
            flush.start();
            Await.await(() -> "the sync is held up; the flush is " + flush.getState(), () -> Files.exists(held));
            Thread append = new Thread(
                    () -> {
                        cut.run();
                        test.append(Batches.of(TestLog.NOW, "b"));
                    },
                    "append");
            append.start();
            Await.await(() -> "the append is through; it is " + append.getState(), () -> !append.isAlive());
            Files.delete(trigger);
            flush.join();
            Files.delete(held);
            test.log.flush();
            long end = test.log.logEndOffset();
            if (!test.failures.isEmpty() || test.log.recoveryPoint() != end) {
                throw new AssertionError("Flushed up to " + test.log.recoveryPoint() + " of " + end);
            }
            if (!test.log.abortedTransactions(0, end).isEmpty()) {
                throw new AssertionError("The transaction was cut off");
            }
        }
    }
}

package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.Uuid;
import io.millrace.storage.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The directory of a log that is deleted while something is written there. */
class LogDirectoryTest {
    @TempDir
    Path root;

    private final List<Path> failures = new CopyOnWriteArrayList<>();

    @Test
    void whatIsBeingWrittenWhenTheLogIsDeletedIsNoFailureOfTheDiskAndNothingIsWrittenAfterIt() throws Exception {
        Path path = Files.createDirectory(root.resolve("topic-0"));
        LogDirectory directory =
                new LogDirectory(path, DirectoryOwner.ofNew(path, Uuid.ZERO), new LogDirHealth(root, failures::add));
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Boolean> write = CompletableFuture.supplyAsync(() -> {
            try {
                return directory.write(() -> {
                    writing.countDown();
                    await(goOn);
                });
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        await(writing);
        Path target = root.resolve("topic-0.deleted");
        Thread deletion = new Thread(() -> {
            try {
                directory.moveAway(target);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        deletion.start();
        Await.await(
                () -> "the deletion waits for what is written: " + deletion.getState(),
                () -> deletion.getState() == Thread.State.BLOCKED);
        assertThat(directory.atRest()).as("nothing more begins").isTrue();

        goOn.countDown();
        assertThat(write.get(20, TimeUnit.SECONDS)).as("was written").isTrue();
        deletion.join(20_000);
        directory.failUnlessGone("writing", new IOException("made up"));
        assertThat(failures).isEmpty();
        assertThat(target).exists();
        assertThat(directory.write(() -> Files.createDirectory(path))).isFalse();
        assertThat(path).doesNotExist();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

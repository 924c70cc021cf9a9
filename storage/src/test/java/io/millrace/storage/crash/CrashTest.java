package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.LogDirStatus;
import io.millrace.storage.LogManager;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with SIGKILL while it works on its logs, or opens them, opens them and compares every record, what is known of
 * producers and which transactions were aborted with what the process had reported; and hurts what it left ({@link Injury}), copies of
 * it as after a restart of the machine, and every other time the files themselves, in which recovery begins at a mark.
 * {@code -Dcrash.kills=200} for the long form, {@code -Dcrash.seed=N} to repeat one.
 */
class CrashTest {
    private static final int KILLS = Integer.getInteger("crash.kills", 4);
    private static final int INJURIES = 3;
    /** A kill comes after fewer records than a recovery mark takes as well as after some segments. */
    private static final int MOST_AWAITED_RECORDS = 2000;

    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());

    @TempDir
    Path temporary;

    private final CrashModel model = new CrashModel();

    @Test
    void everythingReportedIsThereAfterEveryKill() throws Exception {
        Path dir = Files.createDirectory(temporary.resolve("logs"));
        Random random = new Random(SEED);
        for (int kill = 0; kill < KILLS; kill++) {
            boolean whileOpening = random.nextInt(5) == 0 && kill > 0;
            int fewest = whileOpening ? 0 : 1 + random.nextInt(MOST_AWAITED_RECORDS);
            KilledChild.run(dir, model, random.nextLong(), whileOpening, random.nextInt(500), fewest);
            String killed = "seed " + SEED + " kill " + kill;
            for (int i = 1; i < INJURIES; i++) {
                hurtACopy(dir, random, killed);
            }
            if (kill % 2 == 0) {
                hurtInPlace(dir, random, killed);
            } else {
                hurtACopy(dir, random, killed);
            }
            try (LogManager manager = CrashChild.open(dir)) {
                model.compare(contentOf(manager), killed);
            }
        }
    }

    // A copy has files of its own, for which no recovery mark counts.
    private void hurtACopy(Path dir, Random random, String killed) throws IOException {
        Path copy = temporary.resolve("hurt");
        Injury.copyTree(dir, copy);
        hurt(copy, random, killed + " copy");
        Injury.deleteTree(copy);
    }

    private void hurtInPlace(Path dir, Random random, String killed) throws IOException {
        Path truth = temporary.resolve("truth");
        Injury.copyTree(dir, truth);
        hurt(dir, random, killed + " in place");
        Injury.deleteTree(dir);
        Files.move(truth, dir);
    }

    // What the kill left is hurt on top of it, opened, and held against the same reports.
    private void hurt(Path dir, Random random, String killed) throws IOException {
        Injury injury = Injury.inflict(dir, random);
        String context = killed + " " + injury;
        try (LogManager manager = CrashChild.open(dir)) {
            assertThat(manager.dirs()).as(context).allMatch(LogDirStatus::online);
            manager.scrubNow();
            model.compareHurt(contentOf(manager), injury, context);
        }
    }

    private static Function<TopicPartition, @Nullable LogContent> contentOf(LogManager manager) {
        return partition -> {
            PartitionLog log = manager.log(partition);
            return log == null ? null : LogContent.of(log);
        };
    }
}

package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a machine that claims to have little memory, so that little is read, and to keep of it what the test says. */
class PageCacheTest {
    private static final double MEMORY_MIB = 512;

    @TempDir
    Path dir;

    private volatile double usedByOthersMiB;
    private volatile PageCache cache;

    private double freeMiB() {
        return MEMORY_MIB - usedByOthersMiB - (cache == null ? 0 : cache.heldMiB());
    }

    @Test
    void itHoldsWhatIsFreeAndGivesBackWhatOthersNeed() throws IOException {
        usedByOthersMiB = 115;
        cache = new PageCache(dir, MEMORY_MIB, this::freeMiB, () -> MEMORY_MIB, () -> cache.heldMiB());
        assertThat(cache.heldMiB()).isZero();
        assertThat(cache.fill()).as("why it stopped early").isEmpty();
        assertThat(cache.heldMiB()).isEqualTo(384);
        cache.giveBackWhatIsNeeded();
        assertThat(cache.heldMiB()).as("held while as much is free as it left").isEqualTo(384);

        usedByOthersMiB = 300;
        cache.giveBackWhatIsNeeded();
        assertThat(cache.heldMiB()).isEqualTo(128);

        usedByOthersMiB = 115;
        assertThat(cache.fill()).isEmpty();
        assertThat(cache.heldMiB()).isEqualTo(384);
    }

    @Test
    void itLeavesRoomForBrokersWhereTheFileSystemIsMemory() throws IOException {
        cache = new PageCache(dir, MEMORY_MIB, this::freeMiB, () -> 270 - cache.heldMiB(), () -> cache.heldMiB());
        assertThat(cache.fill())
                .isEqualTo(
                        "256 of 512 MiB of memory were left free, as the file that fills it is in memory itself (tmpfs) and "
                                + "brokers need the 14 MiB that are left there; --work names another directory");
        assertThat(cache.heldMiB()).isEqualTo(256);
    }

    @Test
    void itStopsAndSaysSoWhereWhatItReadsDoesNotStay() throws IOException {
        cache = new PageCache(dir, MEMORY_MIB, this::freeMiB, () -> MEMORY_MIB, () -> Math.min(cache.heldMiB(), 160));
        assertThat(cache.fill())
                .isEqualTo(
                        "256 of 512 MiB of memory were left free, as of the last 128 MiB that were read to fill it 32 stayed; "
                                + "a limit for this process or its group may be why");
        assertThat(cache.heldMiB()).isEqualTo(256);
    }
}

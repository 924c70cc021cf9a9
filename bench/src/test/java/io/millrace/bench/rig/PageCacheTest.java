package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a machine that claims to have little memory, so that little is read. */
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
        cache = new PageCache(dir, MEMORY_MIB, this::freeMiB);
        assertThat(cache.heldMiB()).isZero();
        cache.fill();
        assertThat(cache.heldMiB()).isEqualTo(384);
        cache.giveBackWhatIsNeeded();
        assertThat(cache.heldMiB()).as("held while as much is free as it left").isEqualTo(384);

        usedByOthersMiB = 300;
        cache.giveBackWhatIsNeeded();
        assertThat(cache.heldMiB()).isEqualTo(128);

        usedByOthersMiB = 115;
        cache.fill();
        assertThat(cache.heldMiB()).isEqualTo(384);
    }
}

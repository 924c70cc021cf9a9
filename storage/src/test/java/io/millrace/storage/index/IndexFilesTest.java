package io.millrace.storage.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.FileMaps;
import io.millrace.storage.file.MappedEntries;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.file.SpaceGuard;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What indexes make of their files. */
class IndexFilesTest {
    private static final int MAX_BYTES = 4096;

    @TempDir
    Path dir;

    private FileHost host;

    @BeforeEach
    void host() throws IOException {
        host = new FileHost(
                new OpenFiles(4, Runnable::run), Runnable::run, new SpaceGuard(Files.getFileStore(dir), 0), 4096);
    }

    @Test
    void aFlushThatComesTooLateDoesNotBringADeletedIndexBack() throws IOException {
        Path path = dir.resolve("0.index");
        MappedEntries entries = new OffsetIndex(path, 0, MAX_BYTES, 0, host).entries();
        entries.force();
        assertThat(path).isEmptyFile();
        entries.rename(dir.resolve("0.index.deleted"));
        entries.delete();
        entries.force();
        assertThat(dir).isEmptyDirectory();
    }

    /** However evenly the offsets rise, by which the search guesses. */
    @Test
    void findsTheLastEntryThatIsNotAboveAnOffset() throws IOException {
        Random random = new Random(5);
        for (int round = 0; round < 60; round++) {
            int count = 1 + random.nextInt(round < 30 ? 5 : 5_000);
            long base = random.nextInt(3) * 1_000_000_000_000L;
            OffsetIndex index = new OffsetIndex(dir.resolve(round + ".index"), base, 8 * count, 0, host);
            NavigableMap<Long, Integer> expected = new TreeMap<>();
            long offset = base - 1;
            for (int i = 0; i < count; i++) {
                boolean leap = random.nextInt(1_000) < round % 4;
                offset += 1 + random.nextInt(leap ? 10_000_000 : 1 + round % 7);
                index.entries().ensureRoom();
                index.append(offset, 100 * i);
                expected.put(offset, 100 * i);
            }
            List<Long> asked =
                    new ArrayList<>(List.of(base, Math.max(0, base - 5), offset, offset + 1, Long.MAX_VALUE));
            for (int i = 0; i < 300; i++) {
                asked.add(base + (long) (random.nextDouble() * (offset - base)));
            }
            List<Long> all = List.copyOf(expected.keySet());
            for (int i = 0; i < 300; i++) {
                asked.add(all.get(random.nextInt(count)) + random.nextInt(2));
            }
            for (long wanted : asked) {
                Map.Entry<Long, Integer> floor = expected.floorEntry(wanted);
                long found = index.lookup(wanted);
                if (floor == null) {
                    assertThat(found).isEqualTo(OffsetIndex.NONE);
                } else {
                    assertThat(index.offset(found))
                            .as("offset %d of %d entries", wanted, count)
                            .isEqualTo(floor.getKey());
                    assertThat(OffsetIndex.position(found)).isEqualTo(floor.getValue());
                }
            }
        }
    }

    /** Behind a thread that waits for the disk the copies of many readers would use up the memory of the process. */
    @Test
    void copiesForReadersAreFreedAtOnceWhereThereCanBeNoMoreMaps() throws IOException {
        int count = 8192;
        FileMaps none = new FileMaps(
                (channel, mode, position, length) -> {
                    throw new IOException("Map failed", new OutOfMemoryError("Map failed"));
                },
                System::nanoTime);
        List<Runnable> waiting = new ArrayList<>();
        FileHost busy = new FileHost(host.openFiles(), waiting::add, host.space(), 4096, none, (doing, cause) -> {});
        OffsetIndex index = new OffsetIndex(dir.resolve("0.index"), 0, 8 * count, 0, busy);
        for (int i = 1; i <= count; i++) {
            index.entries().ensureRoom();
            index.append(i, 100 * i);
        }
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        index.lookup(1);
        long before = direct.getMemoryUsed();
        for (int i = 1; i <= 500; i++) {
            assertThat(index.lookup(i)).isNotEqualTo(OffsetIndex.NONE);
        }
        // Five hundred copies are 32 MiB.
        assertThat(direct.getMemoryUsed()).isLessThan(before + 4 * 1024 * 1024);
        assertThat(waiting).isEmpty();
    }
}

package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdReadsTest {
    private static final int FILE_BYTES = 8 * 1024 * 1024;
    private static final int RANGE_BYTES = 1024 * 1024;

    @TempDir
    Path dir;

    private final List<Runnable> readers = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    private int ended;
    private boolean stopped;
    private long nowNs;
    private ColdReads reads;
    private FileHost host;
    private Path path;
    private LogFile file;

    @BeforeEach
    void file() throws IOException {
        reads = new ColdReads(this::read, () -> nowNs);
        host = new FileHost(
                new OpenFiles(16, Runnable::run),
                Runnable::run,
                new SpaceGuard(Files.getFileStore(dir), 0),
                4096,
                new FileMaps(),
                reads,
                (doing, cause) -> unreadable.add(doing));
        path = dir.resolve("00000000000000000000.log");
        Files.write(path, new byte[FILE_BYTES]);
        file = new LogFile(path, FILE_BYTES, FILE_BYTES, 0, host);
    }

    private void read(Runnable reader) {
        if (stopped) {
            throw new RejectedExecutionException();
        }
        readers.add(reader);
    }

    @Test
    void whatIsNotInMemoryIsReadAndThenIs() throws Exception {
        assertThat(file.isInMemory(0, RANGE_BYTES)).as("what was never mapped").isFalse();
        add(0);
        runReaders();
        assertThat(file.isInMemory(0, RANGE_BYTES)).as("what was just written").isTrue();

        evict();
        assumeThat(file.isInMemory(RANGE_BYTES, RANGE_BYTES))
                .as("whether this system takes pages out of memory when it is asked to")
                .isFalse();
        ColdRead read = add(RANGE_BYTES);
        assertThat(ended).as("reads that have ended before a thread reads").isEqualTo(1);
        runReaders();
        assertThat(ended).isEqualTo(2);
        assertThat(read.hasReadFrom(file, RANGE_BYTES)).isEqualTo(RANGE_BYTES);
        assertThat(file.isInMemory(RANGE_BYTES, RANGE_BYTES)).isTrue();
    }

    @Test
    void whatWaitsIsBounded() throws IOException {
        int fit = (int) (ColdReads.MAX_BYTES / FILE_BYTES);
        for (int i = 0; i < fit; i++) {
            assertThat(file.readAhead(0, FILE_BYTES, this::onEnd)).isNotNull();
        }
        assertThat(file.readAhead(0, 1, this::onEnd)).as("one byte more").isNull();
        assertThat(readers).as("threads").hasSize(ColdReads.MAX_READERS);
        runReaders();
        assertThat(ended).isEqualTo(fit);

        for (int i = 0; i < ColdReads.MAX_RANGES; i++) {
            assertThat(file.readAhead(i, 1, this::onEnd)).isNotNull();
        }
        assertThat(file.readAhead(0, 1, this::onEnd)).as("one range more").isNull();
    }

    @Test
    void nothingMoreIsAskedOfADiskThatHangsUntilItGivesSomething() throws IOException {
        for (int i = 0; i < ColdReads.MAX_READERS; i++) {
            add(i);
        }
        nowNs += ColdReads.STALLED_NS;
        add(0);
        nowNs++;
        assertThat(file.readAhead(0, RANGE_BYTES, this::onEnd)).isNull();
        runReaders();
        add(0);
    }

    @Test
    void whatIsCancelledMakesRoomAtOnceThoughTheDiskHangs() throws IOException {
        for (int i = 0; i < ColdReads.MAX_RANGES; i++) {
            add(i).cancel();
        }
        assertThat(ended).isEqualTo(ColdReads.MAX_RANGES);
        ColdRead wanted = add(0);
        runReaders();
        assertThat(wanted.hasReadFrom(file, 0)).isEqualTo(RANGE_BYTES);
        wanted.cancel();
        assertThat(ended).as("each ends once").isEqualTo(ColdReads.MAX_RANGES + 1);
    }

    @Test
    void closingEndsWhatWaitsAndWaitsForNothing() throws IOException {
        ColdRead waiting = add(0);
        reads.close();
        assertThat(ended).isEqualTo(1);
        assertThat(waiting.hasReadFrom(file, 0)).isZero();
        assertThat(file.readAhead(0, RANGE_BYTES, this::onEnd)).isNull();
    }

    @Test
    void endsAtOnceWhereTheThreadsHaveStopped() throws IOException {
        stopped = true;
        add(0);
        assertThat(ended).isEqualTo(1);
    }

    @Test
    void whatTheDiskDoesNotGiveIsReported() throws IOException {
        // Memory that is not there is read like a disk that fails.
        Path memory = Path.of("/proc/self/mem");
        assumeThat(memory).exists();
        LogFile failing = new LogFile(memory, FILE_BYTES, FILE_BYTES, 0, host);
        ColdRead read = failing.readAhead(0, RANGE_BYTES, this::onEnd);
        runReaders();
        assertThat(ended).isEqualTo(1);
        assertThat(read.failed()).isTrue();
        assertThat(unreadable).singleElement().asString().contains("/proc/self/mem");
    }

    @Test
    void whatWasCutOffMeanwhileIsNoFault() throws IOException {
        ColdRead read = add(FILE_BYTES - RANGE_BYTES);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(FILE_BYTES - 1);
        }
        runReaders();
        assertThat(ended).isEqualTo(1);
        assertThat(read.hasReadFrom(file, FILE_BYTES - RANGE_BYTES)).isZero();
        assertThat(read.failed()).isFalse();
        assertThat(unreadable).isEmpty();
    }

    private ColdRead add(int position) throws IOException {
        ColdRead read = file.readAhead(position, RANGE_BYTES, this::onEnd);
        assertThat(read).isNotNull();
        return read;
    }

    private void onEnd() {
        ended++;
    }

    private void runReaders() {
        List<Runnable> begun = new ArrayList<>(readers);
        readers.clear();
        begun.forEach(Runnable::run);
    }

    private void evict() throws Exception {
        Process dd = new ProcessBuilder("dd", "of=" + path, "oflag=nocache", "conv=notrunc,fdatasync", "count=0")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(dd.waitFor(20, TimeUnit.SECONDS)).as("dd has ended").isTrue();
    }
}

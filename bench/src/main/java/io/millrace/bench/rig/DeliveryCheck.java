package io.millrace.bench.rig;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Sees that {@link NumberedRecords} come back whole, each once and in the order in which they were sent. One thread at a time gives it
 * records, another waits for the last of them.
 */
final class DeliveryCheck implements Consumer<byte[]> {
    private final int recordBytes;
    private final long count;
    private final Duration patience;
    private final CRC32C crc = new CRC32C();
    private final CountDownLatch decided = new CountDownLatch(1);
    private volatile long seen;
    private volatile boolean more;
    private volatile @Nullable String fault;

    /**
     * @param count how many are to come; more may
     * @param patience how long it may take until another one comes
     */
    DeliveryCheck(int recordBytes, long count, Duration patience) {
        this.recordBytes = recordBytes;
        this.count = count;
        this.patience = patience;
    }

    @Override
    public void accept(byte[] record) {
        long due = seen;
        if (fault != null) {
            return;
        }
        if (due == count) {
            more = true;
            return;
        }
        if (record.length != recordBytes) {
            fail("Record " + due + " came back with " + record.length + " bytes, and was sent with " + recordBytes);
        } else if (!NumberedRecords.isWhole(crc, record)) {
            fail("Record " + due + " came back damaged: what it holds does not match its checksum");
        } else if (NumberedRecords.sequence(record) != due) {
            fail("Record " + due + " is lost or late: record " + NumberedRecords.sequence(record)
                    + " came in its place");
        } else {
            seen = due + 1;
            if (due + 1 == count) {
                decided.countDown();
            }
        }
    }

    private void fail(String what) {
        fault = what;
        decided.countDown();
    }

    /**
     * Waits until all have come.
     *
     * @throws IllegalStateException if one of them did not come as it should, saying which and what came
     */
    void awaitAll() throws InterruptedException {
        long before = 0;
        while (!decided.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            if (seen == before) {
                throw new IllegalStateException("Record " + before + " did not come, nor any other for "
                        + patience.toMillis() + " ms; " + count + " were acknowledged");
            }
            before = seen;
        }
        String what = fault;
        if (what != null) {
            throw new IllegalStateException(what);
        }
    }

    /** @throws IllegalStateException if more came than were sent */
    void requireNoMore() {
        if (more) {
            throw new IllegalStateException("More than the " + count + " records that were sent have come");
        }
    }
}

package io.millrace.broker.api;

import io.millrace.storage.log.LogSlice;
import io.netty.channel.DefaultFileRegion;
import java.util.concurrent.atomic.AtomicBoolean;

/** A place in a log that the kernel sends; it keeps the file until it is sent or dropped. */
final class LogRegion extends DefaultFileRegion {
    private final LogSlice slice;
    private final AtomicBoolean checked;

    private LogRegion(LogSlice slice, AtomicBoolean checked) {
        super(slice.channel(), slice.position(), slice.length());
        this.slice = slice;
        this.checked = checked;
    }

    /**
     * Takes the place over; {@code slice} is empty afterwards.
     *
     * @param checked whether it is known why an answer was not sent; one for all regions of the answer
     */
    static LogRegion take(LogSlice slice, AtomicBoolean checked) {
        LogSlice own = new LogSlice();
        slice.moveTo(own);
        return new LogRegion(own, checked);
    }

    /** Lets go of the file, which the log itself closes: the super class would close it under the log. */
    @Override
    protected void deallocate() {
        // The error of the call that sends does not say whether the file or the socket is to blame. What was not
        // sent at all comes later than the piece that the error was met in, and is not looked at: it may have to
        // come from the disk.
        if (transferred() < count() && checked.compareAndSet(false, true)) {
            slice.checkReadable((int) transferred());
        }
        slice.release();
    }
}

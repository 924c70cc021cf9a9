package io.millrace.broker.api;

import io.millrace.storage.log.LogSlice;
import io.netty.channel.DefaultFileRegion;

/** A place in a log that the kernel sends; it keeps the file until it is sent or dropped. */
final class LogRegion extends DefaultFileRegion {
    private final LogSlice slice;

    private LogRegion(LogSlice slice) {
        super(slice.channel(), slice.position(), slice.length());
        this.slice = slice;
    }

    /** Takes the place over; {@code slice} is empty afterwards. */
    static LogRegion take(LogSlice slice) {
        LogSlice own = new LogSlice();
        slice.moveTo(own);
        return new LogRegion(own);
    }

    /** Lets go of the file, which the log itself closes: the super class would close it under the log. */
    @Override
    protected void deallocate() {
        slice.release();
    }
}

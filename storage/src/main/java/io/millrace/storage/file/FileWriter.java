package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/** How bytes get to the end of a log file: through mapped memory or by {@code write} calls. One writer thread. */
interface FileWriter {
    /**
     * Makes sure that the next {@link #write} of this range finds room.
     *
     * @throws DiskFullException if there is none; nothing has changed
     */
    void reserve(long position, int length) throws IOException;

    /** Writes {@code length} bytes from {@code index} of {@code source}; the range was reserved. */
    void write(long position, ByteBuffer source, int index, int length) throws IOException;

    /** Copies written bytes to the position of {@code target} if they are at hand without a system call. Any thread. */
    boolean read(long position, ByteBuffer target, int count);

    /** The next write comes at an earlier position than the last. */
    void moveBackTo(long position);

    /** Lets go of everything. No write follows. */
    void close();

    /** Waits until nothing is being written any more by a closed writer, so that another one may begin. */
    void awaitEnd();
}

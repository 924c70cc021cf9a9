package io.millrace.storage.file;

import java.io.IOException;

/** No room for more data. Nothing was changed; the same call succeeds once there is room. */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1L;

    public DiskFullException(String message) {
        super(message);
    }

    public DiskFullException(String message, IOException cause) {
        super(message, cause);
    }
}

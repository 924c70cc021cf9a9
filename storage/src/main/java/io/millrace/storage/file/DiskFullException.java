package io.millrace.storage.file;

import java.io.IOException;
import java.util.Locale;

/** No room for more data. Nothing was changed; the same call succeeds once there is room. */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1L;

    public DiskFullException(String message) {
        super(message);
    }

    public DiskFullException(String message, IOException cause) {
        super(message, cause);
    }

    /** Whether an error says that there is no room, be it on the device or in a quota. */
    public static boolean isSaidBy(IOException e) {
        if (e instanceof DiskFullException) {
            return true;
        }
        String message = e.getMessage();
        if (message == null) {
            return false;
        }
        // The JDK has no type for ENOSPC and EDQUOT; the text is the one of strerror.
        String lower = message.toLowerCase(Locale.ROOT);
        return lower.contains("no space left") || lower.contains("quota exceeded");
    }

    /** The error as one of this type, if that is what it says. */
    static IOException orSame(IOException e) {
        return isSaidBy(e) && !(e instanceof DiskFullException)
                ? new DiskFullException("The disk is full: free some space", e)
                : e;
    }
}

package io.millrace.storage.file;

/** Lets a thread wait until the zeros behind the data of a file have been cut off. */
final class CutSignal {
    private boolean padded;

    synchronized void set(boolean nowPadded) {
        padded = nowPadded;
        if (!nowPadded) {
            notifyAll();
        }
    }

    synchronized boolean padded() {
        return padded;
    }

    /** Waits; false if the file still has zeros behind its data after {@code timeoutMs}. */
    synchronized boolean await(long timeoutMs) {
        long deadline = System.nanoTime() + timeoutMs * 1_000_000;
        boolean interrupted = false;
        while (padded) {
            long leftMs = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                break;
            }
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !padded;
    }
}

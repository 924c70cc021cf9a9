package io.millrace.broker.zk;

import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/** ZooKeeper refused something, or could not be reached. */
public final class ZkException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Code code;
    private final int failedOp;

    /**
     * @param failedOp index of the step of a transaction that was refused, or -1 if none is to blame
     * @param cause what the client of ZooKeeper threw, or null
     */
    public ZkException(String message, Code code, int failedOp, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.failedOp = failedOp;
    }

    static ZkException of(String doing, KeeperException cause) {
        return new ZkException(doing + ": " + describe(cause.code()), cause.code(), -1, cause);
    }

    /** What ZooKeeper answered. */
    public Code code() {
        return code;
    }

    /** Index of the step of a transaction that was refused, or -1 if none is to blame. */
    public int failedOp() {
        return failedOp;
    }

    /** Whether ZooKeeper could not be reached, so that nobody knows if a write has happened. */
    public boolean outcomeUnknown() {
        return switch (code) {
            case CONNECTIONLOSS, OPERATIONTIMEOUT, SESSIONEXPIRED, SESSIONMOVED, SYSTEMERROR -> true;
            default -> false;
        };
    }

    private static String describe(Code code) {
        return switch (code) {
            case CONNECTIONLOSS, OPERATIONTIMEOUT -> "ZooKeeper does not answer (" + code + ")";
            case SESSIONEXPIRED -> "the ZooKeeper session has expired";
            default -> "ZooKeeper answered " + code;
        };
    }
}

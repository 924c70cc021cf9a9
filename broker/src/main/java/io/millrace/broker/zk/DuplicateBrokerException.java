package io.millrace.broker.zk;

/** The id of this broker belongs to another one that is alive. */
public final class DuplicateBrokerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DuplicateBrokerException(int brokerId, String whereabouts) {
        super("Broker id " + brokerId + " is in use by the broker at " + whereabouts
                + ", which is alive; stop that one, or give this one another broker.id (and its own log.dirs)");
    }
}

package io.millrace.broker.zk;

/** This broker is the controller no longer: another one was elected, and what it tried to write was refused. */
public final class ControllerMovedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ControllerMovedException() {
        super("Another broker has been elected controller");
    }
}

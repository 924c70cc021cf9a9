package io.millrace.storage.log;

/** Who appends: the rules for a batch differ. */
public enum AppendOrigin {
    /** A producer: one batch, no control records. */
    CLIENT,
    /** A coordinator in this broker: control records allowed, sequences not checked. */
    COORDINATOR
}

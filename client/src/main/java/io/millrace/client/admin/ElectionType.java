package io.millrace.client.admin;

/**
 * Who may be elected, in the order of the numbers on the wire.
 *
 * <pre>{@code
 * admin.electLeaders(ElectionType.PREFERRED).join().orThrow();
 * }</pre>
 */
public enum ElectionType {
    /** The first replica of the assignment, if it is in sync. */
    PREFERRED,
    /** Any live replica, if none in sync lives; what the others had and it has not is lost. */
    UNCLEAN
}

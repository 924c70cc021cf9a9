package io.millrace.broker.zk;

import org.jspecify.annotations.Nullable;

/** One step of a transaction. */
public sealed interface ZnodeOp {
    /** Stands for "whatever the version is". */
    int ANY_VERSION = -1;

    /** The node it is about. */
    String path();

    /** Makes a node that stays, with a payload or without one. */
    record Create(String path, byte @Nullable [] data) implements ZnodeOp {}

    /** Makes a node that vanishes with this session. */
    record CreateEphemeral(String path, byte @Nullable [] data) implements ZnodeOp {}

    /** Replaces the payload of a node that has this version. */
    record SetData(String path, byte[] data, int version) implements ZnodeOp {}

    /** Removes a node that has this version and no children. */
    record Delete(String path, int version) implements ZnodeOp {}

    /** Requires that the node has this version. */
    record Check(String path, int version) implements ZnodeOp {}
}

package io.millrace.broker.zk;

/** A node holds what cannot be understood: somebody else's tool wrote it, or a version yet to come. */
public final class MalformedZnodeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MalformedZnodeException(String path, String reason) {
        super("The node " + path + " in ZooKeeper cannot be understood (" + reason + "); correct it or remove it");
    }
}

package io.millrace.bench.rig;

import java.nio.file.Path;
import java.util.Optional;

/** One of those that are compared where each is driven by a client of its own. */
interface StreamBroker {
    /** By which it is chosen on the command line. */
    String id();

    /** As the tables call it. */
    String name();

    /** Why it cannot run here, and what would help, in a sentence; empty if it can. */
    Optional<String> missing();

    /**
     * Which versions run, how the client is set, and what a broker has done with a record that it acknowledges; for the report,
     * where names stand before it.
     */
    String remark();

    /** Starts a server and waits until it listens. */
    StreamServer start(Path dir) throws Exception;
}

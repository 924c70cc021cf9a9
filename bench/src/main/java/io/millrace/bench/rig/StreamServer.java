package io.millrace.bench.rig;

import java.util.function.Consumer;

/** A broker that runs, and its stock client's way to write and read a stream: records in order, kept on disk, one replica. */
interface StreamServer extends AutoCloseable {
    /** What a writer is for; a client that can hold records back for others to come does that for throughput only. */
    enum Aim {
        THROUGHPUT,
        LATENCY
    }

    /** The process whose CPU time and memory count. */
    long pid();

    void create(String stream) throws Exception;

    StreamWriter writer(String stream, Aim aim) throws Exception;

    /**
     * Reads a stream from its begin until it is closed, without acknowledging single records.
     *
     * @param sink is given each record as it came back, on one thread at a time
     */
    AutoCloseable reader(String stream, Consumer<byte[]> sink) throws Exception;

    /** Ends the server and removes its files. */
    @Override
    void close() throws Exception;
}

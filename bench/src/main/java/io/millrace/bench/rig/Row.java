package io.millrace.bench.rig;

/** Something that is measured of each contender in turn, by one way of using a cluster of its own. */
interface Row {
    /** By which it is chosen on the command line. */
    String id();

    /** What it does, in a few words. */
    String title();

    int brokers();

    /**
     * How often each contender is measured: rows that have no goal, but show how figures change around one, are not measured as often.
     *
     * @param asked how often rows with goals are
     */
    default int runs(int asked) {
        return asked;
    }

    /** Whether a contender can be asked for this at all. */
    default boolean suits(Contender contender) {
        return true;
    }

    /**
     * Uses the cluster, whose processes have just been started and may not listen yet.
     *
     * @param contender whose cluster it is, for the samples
     */
    void measure(Cluster cluster, Contender contender, Samples samples) throws Exception;
}

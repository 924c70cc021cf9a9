package io.millrace.bench.rig;

/** Something that is measured of each contender in turn, by one way of using a cluster of its own. */
interface Row {
    /** By which it is chosen on the command line. */
    String id();

    /** What it does, in a few words. */
    String title();

    int brokers();

    /** Whether it is what a goal was set for; else it shows how figures change around one. */
    default boolean hasGoal() {
        return true;
    }

    /**
     * How often each contender is measured: rows without a goal not as often.
     *
     * @param asked how often rows with goals are
     */
    default int runs(int asked) {
        return hasGoal() ? asked : Rows.runsAroundTheGoals(asked);
    }

    /** Whether a contender is measured: around the goals Kafka as it is shipped is enough, as goals are what both are for. */
    default boolean suits(Contender contender) {
        return hasGoal() || !(contender instanceof Contender.Kafka kafka && kafka.tuned());
    }

    /**
     * Whether its runs leave thousands of small files. They are removed when all rows are done: a file system may make others slowly for
     * a while after, as an ext4 without a journal does, which looks at each inode that was freed in the last minute before it takes one.
     */
    default boolean leavesManyFiles() {
        return false;
    }

    /**
     * Uses the cluster, whose processes have just been started and may not listen yet.
     *
     * @param contender whose cluster it is, for the samples
     */
    void measure(Cluster cluster, Contender contender, Samples samples) throws Exception;
}

package io.millrace.bench.rig;

/**
 * One figure that is compared.
 *
 * @param row which row of the table of targets it belongs to, or 0
 * @param goal what is to be reached
 * @param stretch what were more than the goal
 * @param curve what it is, whatever the size: figures with the same are drawn as one curve; empty if it does not grow
 * @param size by which it grows
 */
record Metric(
        int row, String name, String unit, boolean lowerIsBetter, Goal goal, Goal stretch, String curve, double size) {
    static Metric less(int row, String name, String unit) {
        return new Metric(row, name, unit, true, Goal.NONE, Goal.NONE, "", 0);
    }

    static Metric more(int row, String name, String unit) {
        return new Metric(row, name, unit, false, Goal.NONE, Goal.NONE, "", 0);
    }

    /** @param times how many times better ours is to be, or 0 if nothing was set */
    static Metric less(int row, String name, String unit, double times) {
        return less(row, name, unit).goal(Goal.times(times), Goal.NONE);
    }

    /** @param times how many times better ours is to be, or 0 if nothing was set */
    static Metric more(int row, String name, String unit, double times) {
        return more(row, name, unit).goal(Goal.times(times), Goal.NONE);
    }

    Metric goal(Goal newGoal, Goal newStretch) {
        return new Metric(row, name, unit, lowerIsBetter, newGoal, newStretch, curve, size);
    }

    /** A point of a curve; its title says what is drawn over which size. */
    Metric at(String title, double newSize) {
        return new Metric(row, name, unit, lowerIsBetter, goal, stretch, title, newSize);
    }

    /**
     * How many times better ours is: infinitely, if only ours is nothing where less is better; NaN where that makes no sense, as for a
     * difference of two readings that came out negative.
     */
    double ratio(double ours, double theirs) {
        double better = lowerIsBetter ? ours : theirs;
        double worse = lowerIsBetter ? theirs : ours;
        boolean compares = Double.isFinite(ours) && Double.isFinite(theirs) && ours >= 0 && theirs >= 0;
        return compares && (better > 0 || worse > 0) ? worse / better : Double.NaN;
    }
}

package io.millrace.bench.rig;

/**
 * One figure that is compared.
 *
 * @param row which row of the table of targets it belongs to, or 0
 * @param goal how many times better ours is to be, or 0 if nothing was set
 */
record Metric(int row, String name, String unit, boolean lowerIsBetter, double goal) {
    static Metric less(int row, String name, String unit, double goal) {
        return new Metric(row, name, unit, true, goal);
    }

    static Metric more(int row, String name, String unit, double goal) {
        return new Metric(row, name, unit, false, goal);
    }

    /** How many times better ours is. */
    double ratio(double ours, double theirs) {
        return lowerIsBetter ? theirs / ours : ours / theirs;
    }
}

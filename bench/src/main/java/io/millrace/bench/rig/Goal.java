package io.millrace.bench.rig;

/**
 * What a figure is to reach: so many times what the opponent has, or an amount of its own.
 *
 * @param times how many times better ours is to be, or 0 if nothing was set
 * @param atMost what ours may be at most, whatever the opponent does; NaN if nothing was set
 */
record Goal(double times, double atMost) {
    static final Goal NONE = new Goal(0, Double.NaN);

    static Goal times(double times) {
        return new Goal(times, Double.NaN);
    }

    static Goal atMost(double amount) {
        return new Goal(0, amount);
    }

    boolean isAmount() {
        return !Double.isNaN(atMost);
    }

    boolean isSet() {
        return times > 0 || isAmount();
    }
}

package io.millrace.storage;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that moves when it is told to. */
public class TestClock extends Clock {
    private volatile long nowMs;
    private volatile long stepMs;

    public TestClock(long nowMs) {
        this.nowMs = nowMs;
    }

    /** Makes it move by so much each time somebody looks. */
    public void advanceAtEachLook(long ms) {
        stepMs = ms;
    }

    public void advance(long ms) {
        nowMs += ms;
    }

    @Override
    public long millis() {
        nowMs += stepMs;
        return nowMs;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(nowMs);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}

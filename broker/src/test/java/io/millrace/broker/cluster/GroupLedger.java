package io.millrace.broker.cluster;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;

/** What the members of a group have seen and done, and what of it must not be. Written by all their threads. */
final class GroupLedger {
    private final AtomicInteger values = new AtomicInteger();
    private final Set<String> sent = ConcurrentHashMap.newKeySet();
    private final Set<String> read = ConcurrentHashMap.newKeySet();
    private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
    private final Map<Ownership, String> owners = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private volatile long lastCommitNs = Long.MIN_VALUE;

    private record Ownership(int generation, TopicPartition partition) {}

    /** A value to be sent, unlike all others. */
    String newValue() {
        String value = "value-" + values.incrementAndGet();
        sent.add(value);
        return value;
    }

    void onRead(String value) {
        read.add(value);
    }

    /** A member was given a partition in this generation; nobody else may have it in the same one. */
    void onOwned(int generation, TopicPartition partition, String member) {
        String other = owners.putIfAbsent(new Ownership(generation, partition), member);
        if (other != null && !other.equals(member)) {
            faults.add(partition + " belongs to " + other + " and to " + member + " in generation " + generation);
        }
    }

    /** A member starts at this offset, where what was committed before must have led it. */
    void onStart(TopicPartition partition, long position) {
        Long before = committed.get(partition);
        if (before != null && position < before) {
            faults.add(partition + " is read from " + position + " though " + before + " was committed");
        }
    }

    /** The coordinator has taken a commit. */
    void onCommitted(Map<TopicPartition, Long> offsets) {
        offsets.forEach((partition, offset) -> committed.merge(partition, offset, Math::max));
        lastCommitNs = System.nanoTime();
    }

    void onFault(String what) {
        faults.add(what);
    }

    /** Highest offset committed so far for each partition. */
    Map<TopicPartition, Long> committed() {
        return new HashMap<>(committed);
    }

    long lastCommitNs() {
        return lastCommitNs;
    }

    boolean isComplete() {
        return read.containsAll(sent);
    }

    List<String> faults() {
        return List.copyOf(faults);
    }
}

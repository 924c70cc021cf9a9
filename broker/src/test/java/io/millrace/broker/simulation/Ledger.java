package io.millrace.broker.simulation;

import io.millrace.broker.simulation.LogContents.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What outsiders know of each partition: what was sent there, what was acknowledged at which offset, and what has been
 * committed, which is to say seen below a high watermark. What is committed never changes; this is where a change is noticed.
 */
final class Ledger {
    private final Map<TopicIdPartition, Page> pages = new LinkedHashMap<>();
    private long acknowledged;

    private static final class Page {
        private final Set<String> sent = new HashSet<>();
        private final Map<Long, String> acknowledged = new HashMap<>();
        private final List<Entry> committed = new ArrayList<>();
    }

    void addPartition(TopicIdPartition partition) {
        pages.put(partition, new Page());
    }

    Set<TopicIdPartition> partitions() {
        return pages.keySet();
    }

    void onSent(TopicIdPartition partition, String value) {
        page(partition).sent.add(value);
    }

    /** A producer was told, for acks=all, that this record is at this offset. */
    void onAcknowledged(TopicIdPartition partition, long offset, String value) {
        Page page = page(partition);
        String before = page.acknowledged.put(offset, value);
        if (before != null && !before.equals(value)) {
            throw new AssertionError(
                    partition + " acknowledged " + value + " and " + before + " at the same offset " + offset);
        }
        acknowledged++;
        if (offset >= page.committed.size()) {
            throw new AssertionError(partition + " acknowledged " + value + " at offset " + offset
                    + ", but no high watermark is beyond " + page.committed.size());
        }
        requireSame(partition, page.committed.get((int) offset), value, "what was acknowledged");
    }

    /** How many records were acknowledged. */
    long acknowledged() {
        return acknowledged;
    }

    /** Everything below this offset is committed. */
    int committedEnd(TopicIdPartition partition) {
        return page(partition).committed.size();
    }

    List<Entry> committed(TopicIdPartition partition) {
        return page(partition).committed;
    }

    /** Somebody showed these records as committed. */
    void onCommitted(TopicIdPartition partition, String where, List<Entry> entries) {
        Page page = page(partition);
        for (Entry entry : entries) {
            if (entry.offset() < page.committed.size()) {
                Entry known = page.committed.get((int) entry.offset());
                if (!known.equals(entry)) {
                    throw new AssertionError(
                            partition + " was committed as " + known + ", but " + where + " has " + entry);
                }
            } else if (entry.offset() > page.committed.size()) {
                throw new AssertionError(partition + " has a gap before " + entry + " on " + where);
            } else {
                if (!page.sent.contains(entry.value())) {
                    throw new AssertionError(partition + " has what nobody sent: " + entry + " on " + where);
                }
                page.committed.add(entry);
                requireSame(partition, entry, page.acknowledged.getOrDefault(entry.offset(), entry.value()), where);
            }
        }
    }

    /** Everything acknowledged is committed, and what idempotent producers sent is there once and in order. */
    void requireComplete() {
        pages.forEach((partition, page) -> {
            page.acknowledged.forEach((offset, value) -> {
                if (offset >= page.committed.size()) {
                    throw new AssertionError(partition + " lost " + value + ", acknowledged at offset " + offset);
                }
                requireSame(partition, page.committed.get((int) (long) offset), value, "what was acknowledged");
            });
            requireOrder(partition, page);
        });
    }

    private static void requireOrder(TopicIdPartition partition, Page page) {
        Map<String, Integer> last = new HashMap<>();
        for (Entry entry : page.committed) {
            int colon = entry.value().indexOf(':');
            String producer = entry.value().substring(0, colon);
            int number = Integer.parseInt(entry.value().substring(colon + 1));
            if (producer.startsWith(SimulatedProducer.IDEMPOTENT)) {
                int expected = last.getOrDefault(producer, -1) + 1;
                if (number != expected) {
                    throw new AssertionError(
                            partition + " has " + entry + " where " + producer + ":" + expected + " comes next");
                }
                last.put(producer, number);
            }
        }
    }

    private static void requireSame(TopicIdPartition partition, Entry found, String value, String where) {
        if (!found.value().equals(value)) {
            throw new AssertionError(partition + " has " + found + " instead of " + value + ", says " + where);
        }
    }

    private Page page(TopicIdPartition partition) {
        Page page = pages.get(partition);
        if (page == null) {
            throw new AssertionError("no such partition: " + partition);
        }
        return page;
    }
}

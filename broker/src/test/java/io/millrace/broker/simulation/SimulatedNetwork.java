package io.millrace.broker.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Links between nodes, each direction for itself. What is sent over a link that is cut waits there, as TCP would send it
 * again, and arrives when the link is healed. {@link SimulatedConnection}s keep the order of what they carry; two of them
 * overtake each other.
 */
final class SimulatedNetwork {
    /** Shortest way of a message, in microseconds. */
    private static final long SHORTEST_WAY_US = 20;

    final VirtualTime time;
    final Faults faults;
    private final Map<Integer, SimulatedBroker> brokers = new TreeMap<>();
    private final Set<Link> cut = new LinkedHashSet<>();
    private final Map<Link, List<Runnable>> held = new HashMap<>();

    /** One direction between two nodes. */
    private record Link(int from, int to) {}

    SimulatedNetwork(VirtualTime time, Faults faults) {
        this.time = time;
        this.faults = faults;
    }

    /** A broker listens from now on, in place of its former life. */
    void listen(SimulatedBroker broker) {
        brokers.put(broker.id(), broker);
    }

    /** The broker that listens there, or null if there is none. */
    @Nullable
    SimulatedBroker listener(int node) {
        SimulatedBroker broker = brokers.get(node);
        return broker == null || broker.life().hasEnded() ? null : broker;
    }

    /**
     * Sends something on its way.
     *
     * @param notBeforeUs when the one before it arrives
     * @return when it arrives, unless the link is cut then
     */
    long send(int from, int to, long notBeforeUs, Runnable arrival) {
        long atUs = Math.max(notBeforeUs, time.nowUs() + time.mostlySmall(SHORTEST_WAY_US, faults.longestWayUs));
        Link link = new Link(from, to);
        time.afterUs(atUs - time.nowUs(), () -> {
            if (cut.contains(link)) {
                held.computeIfAbsent(link, key -> new ArrayList<>()).add(arrival);
            } else {
                arrival.run();
            }
        });
        return atUs;
    }

    void cut(int from, int to) {
        if (cut.add(new Link(from, to))) {
            time.trace.note("link " + from + " -> " + to + " is cut");
        }
    }

    void heal(int from, int to) {
        Link link = new Link(from, to);
        if (cut.remove(link)) {
            time.trace.note("link " + from + " -> " + to + " is healed");
            List<Runnable> waiting = held.remove(link);
            if (waiting != null) {
                waiting.forEach(Runnable::run);
            }
        }
    }

    void healAll() {
        List.copyOf(cut).forEach(link -> heal(link.from(), link.to()));
    }
}

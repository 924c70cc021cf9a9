package io.millrace.client.net;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came of each of several things that were asked for together: a value, or the reason why there is none.
 *
 * <pre>{@code
 * Outcomes<String, Void> deleted = admin.deleteGroups(List.of("a", "b")).join();
 * deleted.failures().forEach((group, why) -> System.err.println(group + ": " + why.getMessage()));
 * }</pre>
 *
 * <p>Not safe for several threads until it is handed on complete, immutable for whoever gets it from a future.
 *
 * @param <K> what was asked for
 * @param <V> what came of it; {@link Void} where there is nothing to tell but that it was done
 */
public final class Outcomes<K, V extends @Nullable Object> {
    private final Map<K, V> values = new LinkedHashMap<>();
    private final Map<K, ClientException> failures = new LinkedHashMap<>();

    /** The same failure for everything. */
    public static <K, V extends @Nullable Object> Outcomes<K, V> failed(Collection<K> keys, ClientException failure) {
        Outcomes<K, V> all = new Outcomes<>();
        keys.forEach(key -> all.fail(key, failure));
        return all;
    }

    /** Notes a success. */
    public void succeed(K key, V value) {
        failures.remove(key);
        values.put(key, value);
    }

    /** Notes a failure. */
    public void fail(K key, ClientException failure) {
        failures.put(key, failure);
    }

    /** Notes what an error code in an answer says: a failure, or else this success. */
    public void note(K key, V value, short code, @Nullable String message, String what) {
        ClientException failure = ClientException.in(code, message, what);
        if (failure == null) {
            succeed(key, value);
        } else {
            fail(key, failure);
        }
    }

    /** Whether anything is known of this one. */
    boolean has(K key) {
        return values.containsKey(key) || failures.containsKey(key);
    }

    /** What succeeded, with what came of it. */
    public Map<K, V> values() {
        return Collections.unmodifiableMap(values);
    }

    /** What succeeded. */
    public Set<K> succeeded() {
        return values().keySet();
    }

    /** What failed, and why. */
    public Map<K, ClientException> failures() {
        return Collections.unmodifiableMap(failures);
    }

    /**
     * What came of everything, for those to whom a part is no use.
     *
     * @throws ClientException the first failure, if there is one
     */
    public Map<K, V> orThrow() {
        for (ClientException failure : failures.values()) {
            throw failure.rethrown();
        }
        return values();
    }

    @Override
    public String toString() {
        return "done: " + values + ", failed: " + failures;
    }
}

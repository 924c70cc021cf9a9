package io.millrace.client.admin;

/**
 * A group as its coordinator lists it.
 *
 * <pre>{@code
 * admin.listGroups(List.of("Empty"), List.of()).join().forEach(group -> System.out.println(group.groupId()));
 * }</pre>
 *
 * @param protocolType {@code consumer} for consumers; empty if nobody has ever joined it
 * @param state for example {@code Stable}, {@code Empty}; empty if the broker is too old to tell
 * @param type {@code classic} or {@code consumer}; empty if the broker is too old to tell
 */
public record GroupListing(String groupId, String protocolType, String state, String type) {}

package io.millrace.client.admin;

import java.util.List;

/**
 * A partition that is moving.
 *
 * <pre>{@code
 * admin.listReassignments().join().forEach((partition, moving) -> System.out.println(partition + " to " + moving.adding()));
 * }</pre>
 *
 * @param replicas all that have it meanwhile
 * @param adding those that are new
 * @param removing those that will be gone
 */
public record Reassignment(List<Integer> replicas, List<Integer> adding, List<Integer> removing) {}

package io.millrace.client.admin;

import io.millrace.client.net.Node;
import io.millrace.protocol.TopicPartition;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A group and its members.
 *
 * <pre>{@code
 * GroupDescription billing = admin.describeGroups(List.of("billing")).join().orThrow().get("billing");
 * billing.members().forEach(member -> System.out.println(member.host() + " reads " + member.assignment()));
 * }</pre>
 *
 * @param protocolType {@code consumer} for consumers; empty if nobody has ever joined it
 * @param state {@code Stable}, {@code Empty}, {@code PreparingRebalance}, {@code CompletingRebalance}, or {@code Dead} if
 *     there is no such group
 * @param assignor the name of the strategy that its members have agreed on; empty as long as they have not
 * @param coordinator the broker that answered
 */
public record GroupDescription(
        String groupId, String protocolType, String state, String assignor, Node coordinator, List<Member> members) {

    /** Of a group that does not exist. */
    public static final String DEAD = "Dead";

    /**
     * A member.
     *
     * @param instanceId its name that outlives its process, or null
     * @param host the address that its coordinator sees, with a slash in front
     * @param assignment what it is to read, by topic and number; empty if the group is not one of consumers
     */
    public record Member(
            String memberId,
            @Nullable String instanceId,
            String clientId,
            String host,
            Set<TopicPartition> assignment) {}

    /** Whether there is such a group; its coordinator calls one that there is not dead. */
    public boolean exists() {
        return !state.equals(DEAD);
    }
}

package io.millrace.client.admin;

import io.millrace.client.net.Node;
import java.util.List;

/**
 * What a broker answers.
 *
 * <pre>{@code
 * boolean moves = apis.apis().stream().anyMatch(api -> api.id() == 45);
 * }</pre>
 *
 * @param apis by rising number
 */
public record BrokerApis(Node broker, List<Api> apis) {

    /**
     * One kind of request, of those that are not known here too.
     *
     * @param id its number on the wire
     * @param lowestVersion the oldest version that the broker answers
     * @param highestVersion the newest version that the broker answers
     */
    public record Api(short id, short lowestVersion, short highestVersion) {}
}

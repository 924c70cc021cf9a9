package io.millrace.client.admin;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.TopicPartition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A directory in which a broker keeps logs.
 *
 * <pre>{@code
 * for (LogDir dir : admin.describeLogDirs(List.of(1)).join().orThrow().get(1)) {
 *     System.out.println(dir.path() + " has " + dir.usableBytes() + " bytes left");
 * }
 * }</pre>
 *
 * @param failure why it cannot be used, or null if it can
 * @param totalBytes of its volume; -1 if unknown
 * @param usableBytes free on its volume; -1 if unknown
 * @param replicas what is in it, by topic and number
 * @param futureReplicas what is on its way into it from another directory of the same broker
 */
public record LogDir(
        String path,
        @Nullable ClientException failure,
        long totalBytes,
        long usableBytes,
        Map<TopicPartition, Replica> replicas,
        Map<TopicPartition, Replica> futureReplicas) {

    /**
     * One log.
     *
     * @param bytes all its segments together
     * @param offsetLag how far it is behind the high watermark, or behind the log that it replaces
     */
    public record Replica(long bytes, long offsetLag) {}
}

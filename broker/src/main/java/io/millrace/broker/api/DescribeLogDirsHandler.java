package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.DescribeLogDirs;
import io.millrace.protocol.message.DescribeLogDirs.Request.DescribableLogDirTopic;
import io.millrace.protocol.message.DescribeLogDirs.Response.DescribeLogDirsPartition;
import io.millrace.protocol.message.DescribeLogDirs.Response.DescribeLogDirsResult;
import io.millrace.protocol.message.DescribeLogDirs.Response.DescribeLogDirsTopic;
import io.millrace.storage.LogDirStatus;
import io.millrace.storage.LogManager;
import io.millrace.storage.log.PartitionLog;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Answers DescribeLogDirs: which logs lie in which directory, and how large they are. Asks the file systems, so not on a loop. */
public final class DescribeLogDirsHandler extends MessageHandler<DescribeLogDirs.Request> {
    private final LogManager logs;
    private final Executor executor;

    /** @param executor may wait for a disk */
    public DescribeLogDirsHandler(LogManager logs, Executor executor) {
        super(ApiKey.DESCRIBE_LOG_DIRS, DescribeLogDirs.Request::new);
        this.logs = logs;
        this.executor = executor;
    }

    @Override
    protected void handle(DescribeLogDirs.Request request, RequestContext context) {
        Guarded.on(executor, context, () -> context.respond(describe(request)));
    }

    private DescribeLogDirs.Response describe(DescribeLogDirs.Request request) {
        Set<TopicPartition> wanted = wanted(request.topics);
        DescribeLogDirs.Response response = new DescribeLogDirs.Response();
        response.results = new ArrayList<>();
        for (LogDirStatus dir : logs.dirs()) {
            DescribeLogDirsResult result = new DescribeLogDirsResult();
            result.logDir = dir.path().toString();
            result.totalBytes = dir.totalBytes();
            result.usableBytes = dir.usableBytes();
            if (dir.online()) {
                result.topics = topics(dir, wanted);
            } else {
                result.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
            }
            response.results.add(result);
        }
        return response;
    }

    private List<DescribeLogDirsTopic> topics(LogDirStatus dir, @Nullable Set<TopicPartition> wanted) {
        Map<String, DescribeLogDirsTopic> topics = new TreeMap<>();
        for (PartitionLog log : logs.logs()) {
            TopicPartition name = log.topicPartition();
            if (!log.logDir().equals(dir.path()) || (wanted != null && !wanted.contains(name))) {
                continue;
            }
            DescribeLogDirsTopic topic = topics.computeIfAbsent(name.topic(), text -> {
                DescribeLogDirsTopic added = new DescribeLogDirsTopic();
                added.name = text;
                added.partitions = new ArrayList<>();
                return added;
            });
            DescribeLogDirsPartition partition = new DescribeLogDirsPartition();
            partition.partitionIndex = name.partition();
            partition.partitionSize = log.size();
            partition.offsetLag = Math.max(0, log.highWatermark() - log.logEndOffset());
            topic.partitions.add(partition);
        }
        return new ArrayList<>(topics.values());
    }

    /** Null asks for all. */
    private static @Nullable Set<TopicPartition> wanted(@Nullable List<DescribableLogDirTopic> topics) {
        if (topics == null) {
            return null;
        }
        Set<TopicPartition> wanted = new HashSet<>();
        for (DescribableLogDirTopic topic : topics) {
            for (int partition : topic.partitions) {
                wanted.add(new TopicPartition(topic.topic, partition));
            }
        }
        return wanted;
    }
}

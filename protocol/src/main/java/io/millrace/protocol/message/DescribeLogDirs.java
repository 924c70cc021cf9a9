package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows the log directories of a broker and the size of each replica.
 */
public final class DescribeLogDirs {

    private DescribeLogDirs() {}

    /** The request of {@link ApiKey#DESCRIBE_LOG_DIRS}. */
    public static final class Request implements Message {
        /** Null for all. */
        public @Nullable List<DescribableLogDirTopic> topics = List.of();

        @Override
        public void wire(Wire w) {
            topics = w.nullableArray(topics, DescribableLogDirTopic::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_LOG_DIRS;
        }

        public static final class DescribableLogDirTopic implements Struct {
            public String topic = "";
            public int[] partitions = new int[0];

            @Override
            public void wire(Wire w) {
                topic = w.string(topic);
                partitions = w.int32Array(partitions);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#DESCRIBE_LOG_DIRS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public List<DescribeLogDirsResult> results = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            if (w.since(3)) {
                errorCode = w.int16(errorCode);
            }
            results = w.array(results, DescribeLogDirsResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_LOG_DIRS;
        }

        public static final class DescribeLogDirsResult implements Struct {
            public short errorCode;
            public String logDir = "";
            public List<DescribeLogDirsTopic> topics = List.of();
            /** Size of the volume, -1 if unknown. */
            public long totalBytes = -1;
            /** Free bytes of the volume, -1 if unknown. */
            public long usableBytes = -1;

            public boolean isCordoned;

            @Override
            public void wire(Wire w) {
                errorCode = w.int16(errorCode);
                logDir = w.string(logDir);
                topics = w.array(topics, DescribeLogDirsTopic::new);
                if (w.since(4)) {
                    totalBytes = w.int64(totalBytes);
                    usableBytes = w.int64(usableBytes);
                }
                if (w.since(5)) {
                    isCordoned = w.bool(isCordoned);
                }
                w.tags();
            }
        }

        public static final class DescribeLogDirsTopic implements Struct {
            public String name = "";
            public List<DescribeLogDirsPartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, DescribeLogDirsPartition::new);
                w.tags();
            }
        }

        public static final class DescribeLogDirsPartition implements Struct {
            public int partitionIndex;
            /** Bytes of its segments. */
            public long partitionSize;
            /**
             * Records behind the high watermark, or behind the present replica if this one is to replace it; -1 if unknown.
             */
            public long offsetLag;
            /** Whether it will replace the present replica on this broker. */
            public boolean isFutureKey;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                partitionSize = w.int64(partitionSize);
                offsetLag = w.int64(offsetLag);
                isFutureKey = w.bool(isFutureKey);
                w.tags();
            }
        }
    }
}

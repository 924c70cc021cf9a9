package io.millrace.broker.api;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.DelayedFetch;
import io.millrace.broker.replica.FetchedPartition;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.protocol.record.LegacyConversion;
import io.millrace.protocol.view.FetchResponseWriter;
import io.millrace.protocol.view.NodeEndpoint;
import io.millrace.storage.StorageException;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.log.LogSlice;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what a fetch found into the bytes of its answer: one buffer for everything but records, into which small pieces of
 * logs are copied too, with large pieces in between that the kernel sends from their files. Consumers from before format 2
 * get their records converted, in memory. On the event loop of the request.
 */
final class FetchAnswer implements DelayedFetch.Answer {
    private static final Logger LOG = LoggerFactory.getLogger(FetchAnswer.class);

    /** Below this a system call of its own costs more than the copy. */
    private static final int COPY_BELOW_BYTES = 32 * 1024;

    /** The most that is copied into one answer, however many small pieces there are: it lies in memory until it is sent. */
    private static final int MAX_COPIED_BYTES = 256 * 1024;

    /** The first version whose readers know record batches. */
    private static final int FIRST_WITH_BATCHES = 4;

    /** The first version whose readers know message format 1. */
    private static final int FIRST_WITH_MAGIC_1 = 2;

    private static final FastThreadLocal<FetchResponseWriter> WRITERS = new FastThreadLocal<>() {
        @Override
        protected FetchResponseWriter initialValue() {
            return new FetchResponseWriter();
        }
    };

    private static final FastThreadLocal<LegacyConversion> CONVERSIONS = new FastThreadLocal<>() {
        @Override
        protected LegacyConversion initialValue() {
            return new LegacyConversion();
        }
    };

    private final RequestContext context;
    private final MetadataCache metadata;

    FetchAnswer(RequestContext context, MetadataCache metadata) {
        this.context = context;
        this.metadata = metadata;
    }

    @Override
    public void onFailed(RuntimeException cause) {
        context.fail(cause);
    }

    @Override
    public void onFetched(DelayedFetch fetch) {
        List<FetchedPartition> partitions = fetch.partitions();
        int version = context.apiVersion();
        @Nullable ByteBuffer[] converted = version < FIRST_WITH_BATCHES ? convert(partitions, version) : null;
        List<NodeEndpoint> endpoints = endpoints(partitions);
        ResponseBody body = write(fetch, converted, endpoints);
        while (body == null) {
            // Each time at least one partition more has an error in place of its records.
            body = write(fetch, converted, endpoints);
        }
        context.respond(body);
    }

    /** The answer; or null if records could not be read: their partitions have an error now, and it is to be written anew. */
    private @Nullable ResponseBody write(
            DelayedFetch fetch, @Nullable ByteBuffer @Nullable [] converted, List<NodeEndpoint> endpoints) {
        FetchResponseWriter writer = WRITERS.get();
        writer.measure(context.apiVersion());
        int copied = write(writer, fetch, converted, endpoints, null);

        ByteBuf buffer = context.newBuffer(writer.size() + copied);
        ResponseBody body = null;
        try {
            Pieces pieces = new Pieces(buffer, writer.size() + copied);
            writer.write(pieces.bytes, context.apiVersion());
            write(writer, fetch, converted, endpoints, pieces);
            if (!pieces.unreadable) {
                body = pieces.body();
            }
            return body;
        } finally {
            if (body == null) {
                buffer.release();
            }
        }
    }

    /** Answers with an error for the request as a whole. */
    void error(ErrorCode error) {
        FetchResponseWriter writer = WRITERS.get();
        writer.measure(context.apiVersion());
        writer.begin(0, error.code(), 0, 0);
        writer.end(List.of());
        int size = writer.size();
        ByteBuf buffer = context.newBuffer(size);
        Pieces pieces = new Pieces(buffer, size);
        writer.write(pieces.bytes, context.apiVersion());
        writer.begin(0, error.code(), 0, 0);
        writer.end(List.of());
        context.respond(pieces.body());
    }

    /** Counts, if there are no pieces, or writes; returns the bytes of records that go into the buffer. */
    private static int write(
            FetchResponseWriter writer,
            DelayedFetch fetch,
            @Nullable ByteBuffer @Nullable [] converted,
            List<NodeEndpoint> endpoints,
            @Nullable Pieces pieces) {
        List<FetchedPartition> partitions = fetch.partitions();
        writer.begin(0, ErrorCode.NONE.code(), fetch.sessionId(), topics(partitions));
        int copied = 0;
        for (int i = 0; i < partitions.size(); i++) {
            FetchedPartition partition = partitions.get(i);
            if (i == 0 || !sameTopic(partitions.get(i - 1), partition)) {
                writer.topic(nameOf(partition), idOf(partition), run(partitions, i));
            }
            ByteBuffer instead = converted == null ? null : converted[i];
            int length =
                    instead != null ? instead.remaining() : partition.slice().length();
            boolean copies = instead != null || isCopied(length, copied);
            header(writer, partition, length, converted);
            if (pieces != null) {
                pieces.records(partition, instead, copies);
            }
            copied += copies ? length : 0;
            writer.endPartition(
                    partition.divergingEpoch(),
                    partition.divergingEndOffset(),
                    partition.leaderId(),
                    partition.leaderEpoch());
        }
        writer.end(endpoints);
        return copied;
    }

    private static void header(
            FetchResponseWriter writer,
            FetchedPartition partition,
            int length,
            @Nullable ByteBuffer @Nullable [] converted) {
        writer.partition(
                partition.partition(),
                partition.error().code(),
                partition.highWatermark(),
                partition.lastStableOffset(),
                partition.logStartOffset());
        List<AbortedTransaction> aborted = partition.abortedTransactions();
        // Kafka gives an empty list, not none, for a partition that it does not have.
        writer.abortedTransactions(aborted != null ? aborted.size() : partition.found() ? -1 : 0);
        for (int i = 0; aborted != null && i < aborted.size(); i++) {
            writer.abortedTransaction(
                    aborted.get(i).producerId(), aborted.get(i).firstOffset());
        }
        boolean none = partition.error() == ErrorCode.UNSUPPORTED_COMPRESSION_TYPE && converted != null;
        writer.records(partition.preferredReadReplica(), none ? -1 : length);
    }

    private static boolean isCopied(int length, int copiedBefore) {
        return length < COPY_BELOW_BYTES && copiedBefore + length <= MAX_COPIED_BYTES;
    }

    /** Puts the records of each partition into the format that the version knows; an error takes the place of those it cannot. */
    private static @Nullable ByteBuffer[] convert(List<FetchedPartition> partitions, int version) {
        byte magic = (byte) (version < FIRST_WITH_MAGIC_1 ? 0 : 1);
        @Nullable ByteBuffer[] converted = new ByteBuffer[partitions.size()];
        for (int i = 0; i < converted.length; i++) {
            FetchedPartition partition = partitions.get(i);
            LogSlice slice = partition.slice();
            if (slice.length() == 0) {
                continue;
            }
            ByteBuffer batches = ByteBuffer.allocate(slice.length());
            try {
                slice.copyTo(batches);
                ByteBuffer set = CONVERSIONS
                        .get()
                        .downConvert(batches.flip(), 0, batches.remaining(), magic, partition.fetchOffset());
                converted[i] = ByteBuffer.allocate(set.remaining()).put(set).flip();
            } catch (InvalidRecordException e) {
                partition.refuse(e.errorCode());
            } catch (StorageException e) {
                refuse(partition, e);
            }
        }
        return converted;
    }

    /** Records that were found cannot be read. The client asks again and again, so that is no matter for the log file. */
    private static void refuse(FetchedPartition partition, StorageException cause) {
        LOG.trace("Partition {}-{} cannot be read", partition.topic(), partition.partition(), cause);
        partition.refuse(cause.error());
    }

    private List<NodeEndpoint> endpoints(List<FetchedPartition> partitions) {
        LeaderHints hints = null;
        for (int i = 0; i < partitions.size(); i++) {
            int leaderId = partitions.get(i).leaderId();
            if (leaderId >= 0) {
                if (hints == null) {
                    hints = new LeaderHints(metadata.snapshot(), context.listenerName());
                }
                hints.add(leaderId);
            }
        }
        return hints == null ? List.of() : hints.endpoints();
    }

    private static int topics(List<FetchedPartition> partitions) {
        int topics = 0;
        for (int i = 0; i < partitions.size(); i++) {
            if (i == 0 || !sameTopic(partitions.get(i - 1), partitions.get(i))) {
                topics++;
            }
        }
        return topics;
    }

    /** How many partitions of the same topic stand in a row from here on. */
    private static int run(List<FetchedPartition> partitions, int from) {
        int to = from + 1;
        while (to < partitions.size() && sameTopic(partitions.get(from), partitions.get(to))) {
            to++;
        }
        return to - from;
    }

    private static boolean sameTopic(FetchedPartition some, FetchedPartition other) {
        return some.topicId() != null
                ? some.topicId().equals(other.topicId())
                : Objects.equals(some.topic(), other.topic());
    }

    private static String nameOf(FetchedPartition partition) {
        String name = partition.topic();
        return name == null ? "" : name;
    }

    private static Uuid idOf(FetchedPartition partition) {
        Uuid id = partition.topicId();
        return id == null ? Uuid.ZERO : id;
    }

    /**
     * The answer as it is written: the buffer, and where files come in between. Files are taken over only when everything is
     * written, so that until then there is nothing but the buffer to let go of.
     */
    private static final class Pieces {
        private final ByteBuf buffer;
        private final ByteBuffer bytes;
        private final int start;
        private final List<LogSlice> slices = new ArrayList<>(0);
        private final List<Integer> ends = new ArrayList<>(0);
        private boolean unreadable;

        Pieces(ByteBuf buffer, int size) {
            this.buffer = buffer;
            this.start = buffer.writerIndex();
            this.bytes = buffer.nioBuffer(start, size);
        }

        void records(FetchedPartition partition, @Nullable ByteBuffer instead, boolean copies) {
            LogSlice slice = partition.slice();
            if (instead != null) {
                bytes.put(instead);
            } else if (slice.length() == 0) {
                return;
            } else if (copies) {
                copy(partition, slice);
            } else {
                ends.add(bytes.position());
                slices.add(slice);
            }
        }

        private void copy(FetchedPartition partition, LogSlice slice) {
            int end = bytes.position() + slice.length();
            try {
                slice.copyTo(bytes);
            } catch (StorageException e) {
                refuse(partition, e);
                unreadable = true;
                // The others may be unreadable as well, which is to be found out in one go.
                bytes.position(end);
            }
        }

        /** The whole; the buffer belongs to it if this returns. */
        ResponseBody body() {
            buffer.writerIndex(start + bytes.position());
            if (slices.isEmpty()) {
                return new ResponseBody(buffer);
            }
            ResponseBody body = new ResponseBody(buffer.retainedSlice(0, start + ends.get(0)));
            AtomicBoolean checked = new AtomicBoolean();
            try {
                for (int i = 0; i < slices.size(); i++) {
                    body.add(LogRegion.take(slices.get(i), checked));
                    int from = start + ends.get(i);
                    int to = i + 1 < slices.size() ? start + ends.get(i + 1) : buffer.writerIndex();
                    body.add(buffer.retainedSlice(from, to - from));
                }
            } catch (Throwable t) {
                body.release();
                throw t;
            }
            buffer.release();
            return body;
        }
    }
}

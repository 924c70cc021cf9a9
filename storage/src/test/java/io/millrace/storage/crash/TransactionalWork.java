package io.millrace.storage.crash;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.TransactionMarker;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.ProducerView;
import java.io.PrintStream;
import java.util.List;
import java.util.Random;

/**
 * Idempotent and transactional producers on one log, whose batches and markers come between each other. How far each of them is, the log
 * is asked: after a restart or a truncation it is all that knows.
 */
final class TransactionalWork {
    private static final List<Long> IDEMPOTENT = List.of(1L, 2L);
    private static final List<Long> TRANSACTIONAL = List.of(11L, 12L, 13L);
    private static final int COORDINATOR_EPOCH = 4;

    private final PartitionLog log;
    private final Random random;
    private final BatchBuilder builder;
    private final PrintStream out;
    private final AppendInfo info = new AppendInfo();

    TransactionalWork(PartitionLog log, Random random, BatchBuilder builder, PrintStream out) {
        this.log = log;
        this.random = random;
        this.builder = builder;
        this.out = out;
    }

    /** Appends a batch of one of the producers, or the marker that ends its transaction, and reports it. */
    void step() {
        boolean transactional = random.nextBoolean();
        List<Long> ids = transactional ? TRANSACTIONAL : IDEMPOTENT;
        long id = ids.get(random.nextInt(ids.size()));
        short epoch = 0;
        int sequence = 0;
        boolean open = false;
        for (ProducerView producer : log.activeProducers()) {
            if (producer.producerId() == id) {
                epoch = producer.producerEpoch();
                sequence = producer.lastSequence() + 1;
                open = producer.currentTxnFirstOffset() >= 0;
            }
        }
        if (open && random.nextInt(3) == 0) {
            end(id, epoch, random.nextBoolean());
        } else if (!open && random.nextInt(20) == 0) {
            append(id, (short) (epoch + 1), 0, transactional);
        } else {
            append(id, epoch, sequence, transactional);
        }
    }

    private void append(long id, short epoch, int sequence, boolean transactional) {
        long seed = random.nextLong();
        int count = 1 + random.nextInt(5);
        builder.begin(CrashChild.compression(random))
                .producer(id, epoch, sequence)
                .transactional(transactional);
        for (int i = 0; i < count; i++) {
            builder.append(System.currentTimeMillis(), null, CrashChild.value(seed, i));
        }
        log.appendAsLeader(builder.finish(), 0, AppendOrigin.CLIENT, info);
        out.println("p " + CrashChild.TRANSACTIONS + " " + info.firstOffset() + " " + count + " " + seed + " " + id
                + " " + epoch + " " + sequence + " " + transactional + " .");
    }

    private void end(long id, short epoch, boolean commit) {
        builder.begin(Compression.NONE).producer(id, epoch, BatchHeader.NO_SEQUENCE);
        TransactionMarker.append(
                builder,
                commit ? TransactionMarker.COMMIT : TransactionMarker.ABORT,
                COORDINATOR_EPOCH,
                System.currentTimeMillis());
        log.appendAsLeader(builder.finish(), 0, AppendOrigin.COORDINATOR, info);
        out.println("m " + CrashChild.TRANSACTIONS + " " + info.firstOffset() + " " + id + " " + epoch + " " + commit
                + " .");
    }
}

package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/** What holds for any records, and for any bytes at all. */
class RecordPropertiesTest {
    private static final Set<ErrorCode> ANSWERS =
            EnumSet.of(ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD, ErrorCode.MESSAGE_TOO_LARGE);

    private final BatchBuilder builder = new BatchBuilder();
    private final BatchCheck check = new BatchCheck();
    private final RecordCursor cursor = new RecordCursor();
    private final LegacyConversion conversion = new LegacyConversion();

    record Data(
            long timestamp, @Nullable String key, @Nullable String value, List<RecordHeader> headers) {}

    @Property(tries = 500, seed = "1")
    void whatIsBuiltIsWalked(
            @ForAll("records") @Size(min = 1, max = 40) List<Data> records,
            @ForAll Compression compression,
            @ForAll boolean direct) {
        builder.begin(compression).baseOffset(77);
        long max = -1;
        for (Data data : records) {
            builder.append(data.timestamp, utf8(data.key), utf8(data.value), data.headers);
            max = Math.max(max, data.timestamp);
        }
        ByteBuffer batch = copy(builder.finish(), direct);
        check.run(batch, 0);
        assertThat(BatchHeader.maxTimestamp(batch, 0)).isEqualTo(max);
        assertThat(check.minTimestamp())
                .isEqualTo(records.stream().mapToLong(Data::timestamp).min().getAsLong());
        int firstWithoutKey = records.indexOf(
                records.stream().filter(data -> data.key == null).findFirst().orElse(null));
        assertThat(check.firstWithoutKey()).isEqualTo(firstWithoutKey);

        List<Data> walked = new ArrayList<>();
        cursor.wrap(batch, 0);
        while (cursor.next()) {
            assertThat(cursor.offset()).isEqualTo(77 + walked.size());
            List<RecordHeader> headers = new ArrayList<>();
            while (cursor.nextHeader()) {
                headers.add(new RecordHeader(text(cursor.headerKeyIndex(), cursor.headerKeyLength()), null));
            }
            walked.add(new Data(
                    cursor.timestamp(),
                    cursor.hasKey() ? text(cursor.keyIndex(), cursor.keyLength()) : null,
                    cursor.hasValue() ? text(cursor.valueIndex(), cursor.valueLength()) : null,
                    headers));
        }
        assertThat(walked).isEqualTo(records);
    }

    /** Hostile bytes with a checksum that fits: mutations of real batches, repaired. */
    @Property(tries = 2000, seed = "1")
    void brokenBatchesAreRefusedInOneWay(
            @ForAll("records") @Size(min = 1, max = 10) List<Data> records,
            @ForAll Compression compression,
            @ForAll long seed) {
        builder.begin(compression);
        for (Data data : records) {
            builder.append(Math.abs(data.timestamp), utf8(data.key), utf8(data.value), data.headers);
        }
        Random random = new Random(seed);
        ByteBuffer batch = copy(builder.finish(), random.nextBoolean());
        mutate(batch, BatchHeader.ATTRIBUTES, random);
        if (random.nextInt(4) == 0) {
            batch.limit(random.nextInt(batch.limit() + 1));
        }
        long before = Allocation.ofThisThread();
        refusedOrNot(() -> {
            BatchHeader.requireWhole(batch, 0);
            BatchHeader.updateCrc(batch, 0);
            check.run(batch, 0);
        });
        refusedOrNot(() -> {
            cursor.wrap(batch, 0);
            while (cursor.next()) {
                cursor.key();
                cursor.value();
                while (cursor.nextHeader()) {
                    text(cursor.headerKeyIndex(), cursor.headerKeyLength());
                }
            }
        });
        // a few bytes of zstd can honestly stand for megabytes, so each of the two looks may grow fourfold up to
        // the limit
        assertThat(Allocation.ofThisThread() - before).isLessThan(5L * DecompressionBuffer.MIN_LIMIT);
    }

    @Property(tries = 1500, seed = "1")
    void brokenMessageSetsAreRefusedInOneWay(
            @ForAll("records") @Size(min = 1, max = 10) List<Data> records,
            @ForAll boolean format1,
            @ForAll("codecsOfMessageSets") Compression compression,
            @ForAll long seed) {
        builder.begin(compression);
        for (Data data : records) {
            builder.append(Math.abs(data.timestamp), utf8(data.key), utf8(data.value), data.headers);
        }
        ByteBuffer batch = builder.finish();
        Random random = new Random(seed);
        ByteBuffer set = copy(
                conversion.downConvert(batch, 0, batch.limit(), (byte) (format1 ? 1 : 0), 0), random.nextBoolean());
        mutate(set, 0, random);
        if (random.nextInt(4) != 0 && set.limit() > 17) {
            int size = set.getInt(LegacyMessage.SIZE);
            if (size > 5 && size <= set.limit() - 12) {
                set.putInt(LegacyMessage.CRC, LegacyMessage.computeCrc(set, 0));
            }
        }
        long before = Allocation.ofThisThread();
        refusedOrNot(() -> conversion.upConvert(set, 0, set.limit(), builder.begin(Compression.NONE)));
        assertThat(Allocation.ofThisThread() - before).isLessThan(5L * DecompressionBuffer.MIN_LIMIT);
    }

    @Property(tries = 2000, seed = "1")
    void anyBytesAreRefusedInOneWay(@ForAll @Size(max = 300) byte[] bytes, @ForAll Compression compression) {
        DecompressionBuffer target = new DecompressionBuffer();
        refusedOrNot(() -> compression.decompress(ByteBuffer.wrap(bytes), 0, bytes.length, target));
        refusedOrNot(() -> check.run(ByteBuffer.wrap(bytes), 0));
        refusedOrNot(() -> conversion.upConvert(ByteBuffer.wrap(bytes), 0, bytes.length, builder.begin(compression)));
        refusedOrNot(() -> conversion.downConvert(ByteBuffer.wrap(bytes), 0, bytes.length, (byte) 1, 0));
    }

    @Provide
    Arbitrary<Compression> codecsOfMessageSets() {
        return Arbitraries.of(Compression.NONE, Compression.GZIP, Compression.SNAPPY, Compression.LZ4);
    }

    @Provide
    Arbitrary<List<Data>> records() {
        Arbitrary<String> texts = Arbitraries.strings().ofMaxLength(100).injectNull(0.1);
        Arbitrary<List<RecordHeader>> headers = Arbitraries.strings()
                .ofMaxLength(5)
                .map(RecordPropertiesTest::wellFormed)
                .map(key -> new RecordHeader(key, null))
                .list()
                .ofMaxSize(3);
        return Combinators.combine(Arbitraries.longs(), texts, texts, headers)
                .as((timestamp, key, value, list) ->
                        new Data(Math.max(-1, timestamp), wellFormed(key), wellFormed(value), list))
                .list();
    }

    private static void refusedOrNot(Runnable work) {
        try {
            work.run();
        } catch (InvalidRecordException e) {
            assertThat(e.errorCode())
                    .satisfiesAnyOf(
                            code -> assertThat(ANSWERS).contains(code),
                            code -> assertThat(code).isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE));
            assertThat(e).hasMessageContaining(" ");
        }
    }

    private static void mutate(ByteBuffer bytes, int from, Random random) {
        for (int n = 1 + random.nextInt(4); n > 0 && bytes.limit() > from; n--) {
            int at = from + random.nextInt(bytes.limit() - from);
            switch (random.nextInt(4)) {
                case 0 -> bytes.put(at, (byte) random.nextInt());
                case 1 -> bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
                case 2 -> bytes.put(at, (byte) 0xff);
                default -> {
                    if (at + 4 <= bytes.limit()) {
                        bytes.putInt(at, random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt());
                    }
                }
            }
        }
    }

    private String text(int index, int length) {
        byte[] bytes = new byte[length];
        cursor.buffer().get(index, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte @Nullable [] utf8(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    /** As the text comes back from UTF-8: a lone surrogate is a question mark. */
    private static @Nullable String wellFormed(@Nullable String text) {
        return text == null ? null : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private static ByteBuffer copy(ByteBuffer batch, boolean direct) {
        int size = batch.remaining();
        return (direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size))
                .put(batch)
                .clear();
    }
}

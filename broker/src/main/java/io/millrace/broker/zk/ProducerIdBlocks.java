package io.millrace.broker.zk;

import java.util.List;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException.Code;

/** Gives out blocks of producer ids, each to one broker and never twice: {@code /latest_producer_id_block}. */
public final class ProducerIdBlocks {
    /** Ids in a block. */
    public static final int BLOCK_SIZE = 1000;

    private static final int JSON_VERSION = 1;

    private final Znodes znodes;
    private final int brokerId;
    private final Consumer<List<ZnodeOp>> writer;

    /**
     * @param brokerId of the broker that gets the blocks
     * @param writer commits a step or throws, and takes no earlier success of its own for one of this
     */
    public ProducerIdBlocks(Znodes znodes, int brokerId, Consumer<List<ZnodeOp>> writer) {
        this.znodes = znodes;
        this.brokerId = brokerId;
        this.writer = writer;
    }

    /**
     * Takes the next block for this broker. Waits for ZooKeeper.
     *
     * @return the first of {@link #BLOCK_SIZE} ids
     */
    public long next() {
        while (true) {
            Znode node = znodes.read(ZkPaths.PRODUCER_ID_BLOCK);
            if (node == null) {
                PersistentPaths.ensure(znodes, ZkPaths.PRODUCER_ID_BLOCK);
                continue;
            }
            long start = node.data().length == 0
                    ? 0
                    : ZnodeJson.read(ZkPaths.PRODUCER_ID_BLOCK, node.data()).number("block_end") + 1;
            if (start > Long.MAX_VALUE - BLOCK_SIZE) {
                throw new MalformedZnodeException(ZkPaths.PRODUCER_ID_BLOCK, "there are no producer ids left");
            }
            try {
                writer.accept(List.of(new ZnodeOp.SetData(ZkPaths.PRODUCER_ID_BLOCK, toJson(start), node.version())));
                return start;
            } catch (ZkException e) {
                // If this is the echo of our own write, the block is lost, which does no harm; a
                // block given twice would.
                if (e.code() != Code.BADVERSION) {
                    throw e;
                }
            }
        }
    }

    private byte[] toJson(long start) {
        return ZnodeJson.write(out -> {
            out.writeNumberField("version", JSON_VERSION);
            out.writeNumberField("broker", brokerId);
            out.writeStringField("block_start", Long.toString(start));
            out.writeStringField("block_end", Long.toString(start + BLOCK_SIZE - 1));
        });
    }
}

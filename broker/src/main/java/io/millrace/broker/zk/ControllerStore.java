package io.millrace.broker.zk;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/** Who the controller is: the ephemeral {@code /controller}, and {@code /controller_epoch}, which fences its predecessors. */
public final class ControllerStore {
    private static final int JSON_VERSION = 2;

    private final Znodes znodes;
    private final Clock clock;

    public ControllerStore(Znodes znodes, Clock clock) {
        this.znodes = znodes;
        this.clock = clock;
    }

    /**
     * A controllership that was won.
     *
     * @param epoch number of this election, from 1
     * @param zkVersion version of {@code /controller_epoch} as long as nobody else is elected
     */
    public record Term(int epoch, int zkVersion) {}

    /** Id of the controller, or null if there is none; {@code onChange} is called when that changes. */
    public @Nullable Integer controllerId(Runnable onChange) {
        Znode node = znodes.read(ZkPaths.CONTROLLER, onChange);
        return node == null ? null : controllerId(node);
    }

    /**
     * Tries to become the controller.
     *
     * @return the term that was won, or null if another broker holds it or was faster
     */
    public @Nullable Term elect(int brokerId) {
        // The epoch decides who is fenced, so it must not be read from a server that lags behind.
        znodes.sync(ZkPaths.CONTROLLER_EPOCH);
        Znode epochNode = epochNode();
        int epoch = epoch(epochNode) + 1;
        try {
            znodes.commit(List.of(
                    new ZnodeOp.CreateEphemeral(ZkPaths.CONTROLLER, toJson(brokerId)),
                    new ZnodeOp.SetData(ZkPaths.CONTROLLER_EPOCH, text(epoch), epochNode.version())));
            return new Term(epoch, epochNode.version() + 1);
        } catch (ZkException e) {
            if (e.code() != Code.NODEEXISTS && e.code() != Code.BADVERSION) {
                throw e;
            }
            return heldTerm(brokerId);
        }
    }

    /** The term of this broker if it is the controller within this session: a lost answer may have hidden its success. */
    public @Nullable Term heldTerm(int brokerId) {
        Znode before = znodes.read(ZkPaths.CONTROLLER);
        if (before == null || before.ephemeralOwner() != znodes.sessionId() || controllerId(before) != brokerId) {
            return null;
        }
        Znode epochNode = epochNode();
        Znode after = znodes.read(ZkPaths.CONTROLLER);
        // If the node had changed hands in between, the epoch would be that of another.
        return after != null && after.czxid() == before.czxid()
                ? new Term(epoch(epochNode), epochNode.version())
                : null;
    }

    /** Version of {@code /controller_epoch}: of the present term, as long as nobody else is elected. */
    public int epochVersion() {
        return epochNode().version();
    }

    /**
     * Frees the office, whoever holds it, unless another has been elected since.
     *
     * @param epochVersion of the term that is to end
     * @return whether it has ended by this
     */
    public boolean depose(int epochVersion) {
        try {
            znodes.commit(List.of(
                    new ZnodeOp.Check(ZkPaths.CONTROLLER_EPOCH, epochVersion),
                    new ZnodeOp.Delete(ZkPaths.CONTROLLER, ZnodeOp.ANY_VERSION)));
            return true;
        } catch (ZkException e) {
            if (e.code() != Code.BADVERSION && e.code() != Code.NONODE) {
                throw e;
            }
            return false;
        }
    }

    private Znode epochNode() {
        while (true) {
            Znode node = znodes.read(ZkPaths.CONTROLLER_EPOCH);
            if (node != null) {
                return node;
            }
            try {
                znodes.commit(List.of(new ZnodeOp.Create(ZkPaths.CONTROLLER_EPOCH, text(0))));
            } catch (ZkException e) {
                if (e.code() != Code.NODEEXISTS) {
                    throw e;
                }
            }
        }
    }

    /** Makes {@code /feature} as an enabled, empty set of features if it is missing; brokers of other versions look for it. */
    public void ensureFeatures(FencedWriter writer) {
        if (znodes.read(ZkPaths.FEATURE) == null) {
            writer.write(List.of(new ZnodeOp.Create(ZkPaths.FEATURE, ZnodeJson.write(out -> {
                out.writeObjectFieldStart("features");
                out.writeEndObject();
                out.writeNumberField("version", 2);
                out.writeNumberField("status", 1);
            }))));
        }
    }

    private byte[] toJson(int brokerId) {
        return ZnodeJson.write(out -> {
            out.writeNumberField("version", JSON_VERSION);
            out.writeNumberField("brokerid", brokerId);
            out.writeStringField("timestamp", Long.toString(clock.millis()));
            out.writeNumberField("kraftControllerEpoch", -1);
        });
    }

    private static int controllerId(Znode node) {
        return ZnodeJson.read(ZkPaths.CONTROLLER, node.data()).int32("brokerid");
    }

    private static int epoch(Znode node) {
        String text = new String(node.data(), StandardCharsets.UTF_8).trim();
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException(ZkPaths.CONTROLLER_EPOCH, "'" + text + "' is no number");
        }
    }

    private static byte[] text(int epoch) {
        return Integer.toString(epoch).getBytes(StandardCharsets.UTF_8);
    }
}

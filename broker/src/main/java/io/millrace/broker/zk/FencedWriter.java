package io.millrace.broker.zk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;

/**
 * Writes for the controller of one term. Every transaction begins with a check of the version of {@code /controller_epoch},
 * so a controller that was replaced without noticing cannot change anything.
 *
 * <p>Many writes that do not depend on each other share a transaction; only if one of them is refused, all are tried one by
 * one. A refusal that turns out to be the echo of our own earlier success, whose answer was lost, counts as success.
 */
public final class FencedWriter {
    /** Keeps a transaction well below the 1 MiB that ZooKeeper takes by default. */
    private static final int MAX_BYTES = 256 * 1024;

    /** Keeps the time a transaction holds up others short. */
    private static final int MAX_OPS = 500;

    /** What a step costs beyond its payload, roughly. */
    private static final int OP_BYTES = 100;

    private final Znodes znodes;
    private final ZnodeOp.Check fence;
    private volatile boolean ended;

    public FencedWriter(Znodes znodes, ControllerStore.Term term) {
        this.znodes = znodes;
        this.fence = new ZnodeOp.Check(ZkPaths.CONTROLLER_EPOCH, term.zkVersion());
    }

    /** Refuses every write from now on: the office is lost even if nobody else holds it yet. Any thread may call. */
    public void end() {
        ended = true;
    }

    /**
     * Carries out all steps or none.
     *
     * @throws ControllerMovedException if there has been another election
     * @throws ZkException if a step was refused; its index counts from the first of {@code ops}
     */
    public void write(List<ZnodeOp> ops) {
        try {
            writeOnce(ops);
        } catch (ZkException e) {
            if (e.failedOp() < 0 || ops.size() > 1 || !echoOfSuccess(ops.get(0), e.code())) {
                throw e;
            }
        }
    }

    /** Like {@link #write}, where even the echo of an earlier success is to count as a refusal. */
    public void writeOnce(List<ZnodeOp> ops) {
        if (ended) {
            throw new ControllerMovedException();
        }
        List<ZnodeOp> fenced = new ArrayList<>(ops.size() + 1);
        fenced.add(fence);
        fenced.addAll(ops);
        try {
            znodes.commit(fenced);
        } catch (ZkException e) {
            if (e.failedOp() == 0) {
                throw new ControllerMovedException();
            }
            throw new ZkException(e.getMessage(), e.code(), Math.max(-1, e.failedOp() - 1), e);
        }
    }

    /**
     * Carries out each step on its own; a refused one does not stop the others. Later steps may rest on earlier ones.
     *
     * @return for each step whether it succeeded
     * @throws ControllerMovedException if there has been another election
     * @throws ZkException if ZooKeeper could not be reached; some steps may have been carried out
     */
    public boolean[] writeEach(List<? extends ZnodeOp> ops) {
        boolean[] succeeded = new boolean[ops.size()];
        int first = 0;
        while (first < ops.size()) {
            int end = first;
            int bytes = 0;
            while (end < ops.size() && end - first < MAX_OPS && (end == first || bytes < MAX_BYTES)) {
                bytes += size(ops.get(end++));
            }
            writeBatch(List.copyOf(ops.subList(first, end)), succeeded, first);
            first = end;
        }
        return succeeded;
    }

    private void writeBatch(List<ZnodeOp> batch, boolean[] succeeded, int first) {
        try {
            write(batch);
            Arrays.fill(succeeded, first, first + batch.size(), true);
            return;
        } catch (ZkException e) {
            if (e.outcomeUnknown()) {
                throw e;
            }
        }
        for (int i = 0; i < batch.size(); i++) {
            try {
                write(List.of(batch.get(i)));
                succeeded[first + i] = true;
            } catch (ZkException e) {
                if (e.outcomeUnknown()) {
                    throw e;
                }
            }
        }
    }

    private boolean echoOfSuccess(ZnodeOp op, Code code) {
        if (op instanceof ZnodeOp.Create create && code == Code.NODEEXISTS) {
            Znode found = znodes.read(op.path());
            byte[] wanted = create.data();
            return found != null && Arrays.equals(found.data(), wanted == null ? new byte[0] : wanted);
        } else if (op instanceof ZnodeOp.SetData set && code == Code.BADVERSION) {
            Znode found = znodes.read(op.path());
            return found != null && found.version() == set.version() + 1 && Arrays.equals(found.data(), set.data());
        }
        return op instanceof ZnodeOp.Delete && code == Code.NONODE;
    }

    private static int size(ZnodeOp op) {
        if (op instanceof ZnodeOp.Create create && create.data() != null) {
            return OP_BYTES + create.data().length;
        } else if (op instanceof ZnodeOp.SetData set) {
            return OP_BYTES + set.data().length;
        }
        return OP_BYTES;
    }
}

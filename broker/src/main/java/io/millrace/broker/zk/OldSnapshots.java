package io.millrace.broker.zk;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.zookeeper.server.persistence.FileSnap;
import org.apache.zookeeper.server.persistence.FileTxnLog;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.apache.zookeeper.server.persistence.Util;

/**
 * Deletes what the embedded ZooKeeper does not need any more: it writes a snapshot at every start and never removes one. The rules
 * are those of ZooKeeper's own purge, which cannot be used because it prints to the standard output.
 */
final class OldSnapshots {
    private OldSnapshots() {}

    /**
     * Keeps the newest {@code kept} snapshots that are whole, and every log that one of them needs to be brought up to date.
     * Called while no server uses the files.
     */
    static void delete(FileTxnSnapLog files, int kept) throws IOException {
        List<File> newest = files.findNValidSnapshots(kept);
        if (newest.size() < kept) {
            return;
        }
        long oldestZxid = newest.stream()
                .mapToLong(snapshot -> Util.getZxidFromName(snapshot.getName(), FileSnap.SNAPSHOT_FILE_PREFIX))
                .min()
                .orElseThrow();
        Set<File> needed = Arrays.stream(files.getSnapshotLogs(oldestZxid)).collect(Collectors.toSet());
        deleteOlder(files.getSnapDir(), FileSnap.SNAPSHOT_FILE_PREFIX, oldestZxid, needed);
        deleteOlder(files.getDataLogDir(), FileTxnLog.LOG_FILE_PREFIX, oldestZxid, needed);
    }

    private static void deleteOlder(File dir, String prefix, long zxid, Set<File> needed) throws IOException {
        File[] old = dir.listFiles((parent, name) -> name.startsWith(prefix + ".")
                && Util.getZxidFromName(name, prefix) < zxid
                && !needed.contains(new File(parent, name)));
        if (old == null) {
            throw new IOException("Cannot list the ZooKeeper data directory " + dir);
        }
        for (File file : old) {
            Files.delete(file.toPath());
        }
    }
}

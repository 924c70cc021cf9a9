package io.millrace.storage;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs that were found and could not be loaded: each stays as it is while the others are served, until it is deleted or somebody has
 * moved it away. One for which there was no room is loaded again whenever it is asked for. Any thread.
 */
final class UnloadableLogs {
    private static final Logger LOG = LoggerFactory.getLogger(UnloadableLogs.class);

    /** Where a log was found. */
    record Place(LogDir dir, Path path) {}

    /**
     * A log that is left as it is: in one place, or because it is in several.
     *
     * @param full whether nothing is wrong with it, and it can be loaded once there is room on the disk
     */
    private record Left(List<Place> places, boolean full) {
        String where() {
            return places.stream().map(place -> place.path.toString()).collect(Collectors.joining(" and "));
        }

        @Nullable
        Left without(Place gone) {
            List<Place> rest =
                    places.stream().filter(place -> !place.equals(gone)).toList();
            return rest.isEmpty() ? null : new Left(rest, false);
        }
    }

    private final Map<TopicPartition, PartitionLog> inService;
    private final BiConsumer<TopicPartition, Place> loader;
    private final Consumer<TopicPartition> onLoaded;
    private final ConcurrentHashMap<TopicPartition, Left> unloadable = new ConcurrentHashMap<>();

    /** Those that are tried again. It begins, is refused from a stop on, and makes a deletion wait, under {@link #againLock}. */
    private final ConcurrentHashMap<TopicPartition, Attempt> again = new ConcurrentHashMap<>();

    private record Attempt(LogDir dir, CompletableFuture<Void> end) {}

    private final Object againLock = new Object();
    private boolean stopped;

    /**
     * @param inService the logs that are
     * @param loader loads a log, and puts it among those or calls {@link #add} or {@link #addForLackOfSpace} once more
     * @param onLoaded told of one that is in service at last
     */
    UnloadableLogs(
            Map<TopicPartition, PartitionLog> inService,
            BiConsumer<TopicPartition, Place> loader,
            Consumer<TopicPartition> onLoaded) {
        this.inService = inService;
        this.loader = loader;
        this.onLoaded = onLoaded;
    }

    /** A log lies in several places, of which nobody knows the right one. */
    void addDuplicates(TopicPartition partition, List<Place> places) {
        Left left = new Left(places, false);
        unloadable.put(partition, left);
        LOG.error(
                "The log of partition={} lies in several log directories and is not served, the others are: remove or move"
                        + " away all but one of {} and start the broker again",
                partition,
                left.where());
    }

    void add(TopicPartition partition, LogDir dir, Path path, Exception cause) {
        LOG.error("Cannot load the log at path={}, the others are served; it stays as it is", path, cause);
        unloadable.put(partition, new Left(List.of(new Place(dir, path)), false));
    }

    void addForLackOfSpace(TopicPartition partition, LogDir dir, Path path, IOException cause) {
        LOG.error(
                "No room on the disk to load the log at path={}, the others are served; it is tried again when the controller asks"
                        + " for it: free some space",
                path,
                cause);
        unloadable.put(partition, new Left(List.of(new Place(dir, path)), true));
    }

    /** It could be loaded after all. */
    void remove(TopicPartition partition) {
        unloadable.remove(partition);
    }

    boolean contains(TopicPartition partition) {
        return unloadable.containsKey(partition);
    }

    /**
     * Has one loaded again for which there was no room.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if the log is one of these
     */
    void requireNot(TopicPartition partition) {
        Left left = unloadable.get(partition);
        // One that is loaded again is in service a moment before it is forgotten here.
        if (left != null && !inService.containsKey(partition)) {
            if (left.full) {
                loadAgain(partition, left);
            }
            throw new StorageException(ErrorCode.KAFKA_STORAGE_ERROR, reason(partition, left));
        }
    }

    private void loadAgain(TopicPartition partition, Left left) {
        synchronized (againLock) {
            if (stopped || again.containsKey(partition) || !left.equals(unloadable.get(partition))) {
                return;
            }
            ExecutorService thread = StorageThreads.recoveryPool(1);
            Place place = left.places.get(0);
            again.put(
                    partition,
                    new Attempt(place.dir, CompletableFuture.runAsync(() -> loadAgain(partition, place), thread)));
            thread.shutdown();
        }
    }

    private void loadAgain(TopicPartition partition, Place place) {
        try {
            loader.accept(partition, place);
        } finally {
            synchronized (againLock) {
                again.remove(partition);
            }
        }
        if (inService.containsKey(partition)) {
            LOG.info("Loaded the log for which there was no room path={}", place.path);
            onLoaded.accept(partition);
        }
    }

    private static String reason(TopicPartition partition, Left left) {
        if (left.full) {
            return "There was no room on the disk to load the log of " + partition + " at " + left.where()
                    + ", which is tried again: free some space";
        }
        return left.places.size() > 1
                ? "The log of " + partition + " lies in several log directories: remove or move away all but one of "
                        + left.where() + " and start the broker again"
                : "The log of " + partition + " at " + left.where()
                        + " could not be loaded, see the log for the reason: move the directory away to begin anew";
    }

    /**
     * Deletes a log that could not be loaded, by renaming its directory and later; false if there is none.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if it could not be renamed, or is being loaded again
     */
    boolean delete(TopicPartition partition) {
        synchronized (againLock) {
            if (again.containsKey(partition)) {
                throw new StorageException(
                        ErrorCode.KAFKA_STORAGE_ERROR,
                        "The log of " + partition + " is being loaded: delete it after that");
            }
            return deleteLeft(partition);
        }
    }

    private boolean deleteLeft(TopicPartition partition) {
        Left left = unloadable.get(partition);
        if (left == null) {
            return false;
        }
        for (Place place : left.places) {
            delete(place, partition);
            // Should the next one fail, there is less to do for the next attempt.
            unloadable.computeIfPresent(partition, (key, present) -> present.without(place));
        }
        return true;
    }

    private static void delete(Place place, TopicPartition partition) {
        Path target = place.path.resolveSibling(PartitionDirs.deleteName(partition));
        try {
            Files.move(place.path, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!DiskFullException.isSaidBy(e)) {
                place.dir.health().fail("renaming " + place.path + " to " + target, e);
            }
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "Cannot rename " + place.path + " to delete it: " + e, e);
        }
        place.dir.checkpoints().onDeleted(partition);
        DirectoryRemoval.removeLater(target, 0, () -> {}, place.dir.threads().scheduler());
        LOG.info("Deleted log that could not be loaded partition={} renamedTo={}", partition, target);
    }

    /** None is loaded again any more. */
    void beginNoMore() {
        synchronized (againLock) {
            stopped = true;
        }
    }

    /** When those are through that are being loaded again in a directory. */
    CompletableFuture<Void> endIn(LogDir dir) {
        return CompletableFuture.allOf(again.values().stream()
                .filter(attempt -> attempt.dir.equals(dir))
                .map(Attempt::end)
                .toArray(CompletableFuture<?>[]::new));
    }
}

package io.millrace.broker.replica;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.StorageException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what cannot be done for a partition, once: the controller asks again as long as that lasts, which may be until somebody has replaced
 * a disk. One thread at a time.
 */
final class Complaints {
    private static final Logger LOG = LoggerFactory.getLogger(Complaints.class);

    private final Map<TopicPartition, String> said = new HashMap<>();

    /** @param task what could not be done, as in "serve" */
    void complain(String task, TopicPartition name, StorageException e) {
        String complaint = "Cannot " + task + " partition=" + name + ": " + e.getMessage();
        complain(name, complaint);
        LOG.debug(complaint, e);
    }

    void complain(TopicPartition name, String complaint) {
        if (!complaint.equals(said.put(name, complaint))) {
            LOG.error(complaint);
        }
    }

    /** There is nothing to complain of any more: what comes next is said, though it was before. */
    void forget(TopicPartition name) {
        said.remove(name);
    }
}

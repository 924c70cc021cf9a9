package io.millrace.broker.controller;

import io.millrace.broker.zk.Znodes.PathWatch;
import java.util.function.Consumer;

/**
 * Takes what ZooKeeper says has changed to whichever term is active by then. There is one receiver of a kind, for ever: ZooKeeper's
 * client keeps a watch until it fires or the session ends, so that each term's own would stay behind with all that it holds. A watch
 * that a former term has armed may cost a look too many, and nothing else.
 */
final class ControllerWatches {
    final Runnable brokers;
    final Runnable topics;
    final Runnable topicsToDelete;
    final Runnable isrChanges;
    final Runnable reassignment;
    final Runnable preferredElection;
    final Runnable logDirs;
    final PathWatch topicNodes;

    /** Runs something on the controller's thread with the active term, if there is one by then. Does not wait. */
    interface Poster {
        void post(String name, Consumer<ActiveController> action);
    }

    ControllerWatches(Poster poster) {
        brokers = () -> poster.post("BrokersChanged", ActiveController::onBrokersChanged);
        topics = () -> poster.post("TopicsChanged", ActiveController::onTopicsChanged);
        topicsToDelete = () -> poster.post("TopicsToDelete", ActiveController::onTopicsToDelete);
        isrChanges = () -> poster.post("IsrNotices", ActiveController::onIsrNotices);
        reassignment = () -> poster.post("Reassignment", ActiveController::onReassignment);
        preferredElection = () -> poster.post("PreferredElection", ActiveController::onPreferredElection);
        logDirs = () -> poster.post("LogDirEvents", ActiveController::onLogDirEvents);
        topicNodes = path -> poster.post("PartitionsChanged", active -> active.onTopicNodeChanged(path));
    }
}

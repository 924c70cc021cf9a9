package io.millrace.broker.controller;

import io.millrace.broker.zk.ControllerStore;
import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.Notices;
import io.millrace.broker.zk.PartitionStateStore;
import io.millrace.broker.zk.ProducerIdBlocks;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.AllocateProducerIds;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.AlterPartitionReassignments;
import io.millrace.protocol.message.ControlledShutdown;
import io.millrace.protocol.message.ElectLeaders;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.ListPartitionReassignments;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.UpdateMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller of one term: made when the election is won, dropped when the term ends for whatever reason. It begins with
 * nothing but what ZooKeeper says, and from then on deals with changes there: brokers that come and go, topics, partitions.
 * Belongs to the controller's thread.
 */
final class ActiveController implements ControlBatch.ResponseListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ActiveController.class);

    /** A broker that has just come may have been away for a moment only. */
    private static final long FIRST_REBALANCE_MS = 5_000;

    /** New partitions that are written at once: as many as make the round trip and the sync of a transaction a small part of it. */
    private static final int FEWEST_AT_ONCE = 125;

    /** Into which new partitions are divided at most; each is a request to every broker that has replicas of them. */
    private static final int MOST_PARTS = 8;

    private final ControllerContext context;
    private final ControllerStore.Term term;
    private final FencedWriter writer;
    private final ClusterState state = new ClusterState();
    private final BrokerChannels channels;
    private final PartitionElections elections;
    private final Notices notices;
    private final IsrUpdates isrUpdates;
    private final LeaderBalance balance;
    private final Reassignments reassignments;
    private final ControlledShutdowns shutdowns;
    private final TopicDeletion deletion;
    private final TopicNodes topics;
    private final AnnouncementRetries retries;

    /** @param writer ends with the term; all writes go through it */
    ActiveController(ControllerContext context, ControllerStore.Term term, FencedWriter writer) {
        this.context = context;
        this.term = term;
        this.writer = writer;
        this.channels = new BrokerChannels(
                context.channelOpener(),
                context.config().watchPorts()
                        ? (broker, open) -> context.post("PortChanged", this, () -> onPort(broker, open))
                        : null,
                broker -> context.post("BrokerAnswersAgain", this, () -> onGap(broker)));
        PartitionStateStore states = new PartitionStateStore(context.znodes());
        this.notices = new Notices(context.znodes());
        this.elections = new PartitionElections(state, writer, states, context.topicConfigs(), term.epoch());
        this.isrUpdates = new IsrUpdates(state, elections, writer, states, notices);
        this.balance = new LeaderBalance(state, elections, writer, notices);
        ReplicaMoves moves =
                new ReplicaMoves(state, elections, writer, context.topicStore(), batch -> batch.send(channels, this));
        this.reassignments = new Reassignments(state, elections, writer, moves, notices);
        this.shutdowns = new ControlledShutdowns(state, elections);
        this.deletion = new TopicDeletion(
                state,
                writer,
                context.znodes(),
                this::deleteAgain,
                (retry, delayMs) -> context.postLater("DeleteAgain", this, retry, delayMs));
        this.topics = new TopicNodes(context, state, writer, deletion);
        this.retries = new AnnouncementRetries(
                this::announceAgain,
                this::onDisks,
                (retry, delayMs) -> context.postLater("AnnounceAgain", this, retry, delayMs));
    }

    ClusterState state() {
        return state;
    }

    FencedWriter writer() {
        return writer;
    }

    /** Reads everything, elects where leaders are missing, and tells all brokers everything. */
    void start() {
        context.controllerStore().ensureFeatures(writer);
        for (LiveBroker broker : context.registry().brokers(context.watches().brokers)) {
            state.addBroker(broker);
            channels.open(broker);
        }
        topics.load();
        new PartitionStateStore(context.znodes()).states(state.partitions()).forEach(state::putState);
        List<String> doomed = topics.toDelete();
        if (!topics.known(doomed)) {
            context.post("TopicsToDelete", this, this::onTopicsToDelete);
            doomed = doomed.stream().filter(topic -> state.topic(topic) != null).toList();
        }

        ControlBatch batch = newBatch();
        deletion.begin(doomed, batch);
        elections.electFirst(partitionsToServe(), batch);
        elections.forgetEligible(state.partitions(), batch);
        seeToLosses(List.copyOf(state.brokers()), batch);
        elections.electAfterFailure(state.partitions(), batch);
        isrUpdates.takeNotices(context.watches().isrChanges, batch);
        takeLogDirEvents();
        reassignments.resume(batch);
        balance.takeNotice(context.watches().preferredElection, batch);
        for (int broker : state.brokerIds()) {
            announceEverything(broker, batch);
        }
        // Once all are told everything, because what ends now is told at once.
        reassignments.takeNotice(context.watches().reassignment, batch);
        reassignments.progress(state.reassigned(), batch);
        batch.send(channels, this);
        if (context.config().leaderRebalance().enabled()) {
            context.postLater(
                    "RebalanceLeaders",
                    this,
                    this::rebalanceLeaders,
                    Math.min(
                            FIRST_REBALANCE_MS,
                            context.config().leaderRebalance().checkIntervalMs()));
        }
        LOG.info(
                "Controller is ready epoch={} brokers={} topics={} partitions={}",
                term.epoch(),
                state.brokerIds(),
                state.topics().size(),
                state.partitions().size());
    }

    @Override
    public void close() {
        channels.close();
    }

    void onBrokersChanged() {
        List<LiveBroker> now = context.registry().brokers(context.watches().brokers);
        Set<Integer> gone = new TreeSet<>(state.brokerIds());
        List<LiveBroker> come = new ArrayList<>();
        for (LiveBroker broker : now) {
            LiveBroker before = state.broker(broker.id());
            if (before == null || before.epoch() != broker.epoch()) {
                // One that was away too briefly to be missed has still lost what it was told: it is gone and has come.
                come.add(broker);
            } else {
                gone.remove(broker.id());
            }
        }
        if (gone.isEmpty() && come.isEmpty()) {
            return;
        }
        LOG.info(
                "Brokers changed come={} gone={} alive={}",
                come.stream().map(LiveBroker::id).toList(),
                gone,
                now.stream().map(LiveBroker::id).toList());
        onBrokersGone(gone);
        onBrokersCome(come);
    }

    private void onBrokersGone(Set<Integer> gone) {
        if (gone.isEmpty()) {
            return;
        }
        Set<TopicPartition> affected = new HashSet<>();
        for (int broker : gone) {
            state.removeBroker(broker);
            channels.close(broker);
            affected.addAll(state.partitionsOn(broker));
        }
        ControlBatch batch = newBatch();
        elections.electAfterFailure(affected, batch);
        batch.updateMetadata(state.brokerIds(), affected);
        batch.send(channels, this);
    }

    private void onBrokersCome(List<LiveBroker> come) {
        if (come.isEmpty()) {
            return;
        }
        for (LiveBroker broker : come) {
            state.addBroker(broker);
            channels.open(broker);
        }
        ControlBatch batch = newBatch();
        batch.updateMetadata(state.brokerIds(), List.of());
        seeToLosses(come, batch);
        for (LiveBroker broker : come) {
            elections.electFirst(toServe(state.partitionsOn(broker.id())), batch);
            elections.electAfterFailure(state.partitionsOn(broker.id()), batch);
        }
        for (LiveBroker broker : come) {
            announceEverything(broker.id(), batch);
            deletion.onBrokerStarted(broker.id(), batch);
            batch.updateMetadata(state.brokerIds(), state.partitionsOn(broker.id()));
        }
        for (LiveBroker broker : come) {
            // Once all have been told everything, because what ends now is told at once.
            reassignments.progress(state.partitionsOn(broker.id()), batch);
        }
        batch.send(channels, this);
    }

    /**
     * A broker refuses connections: it is gone, as a rule, and its session will end in a while. Until then it stays a member
     * of the cluster, but whatever others can lead, they lead. It counts for all again once it takes connections.
     */
    private void onPort(LiveBroker broker, boolean open) {
        LiveBroker now = state.broker(broker.id());
        if (now == null || now.epoch() != broker.epoch() || !state.markReachable(broker.id(), open)) {
            return;
        }
        LOG.info("Broker {} {}", broker.id(), open ? "takes connections again" : "refuses connections, others lead");
        List<TopicPartition> partitions = toServe(state.partitionsOn(broker.id()));
        ControlBatch batch = newBatch();
        if (open) {
            elections.electFirst(partitions, batch);
            elections.electAfterFailure(partitions, batch);
        } else {
            elections.electBeforeShutdown(partitions, batch);
        }
        batch.send(channels, this);
    }

    /** A broker answers again that had stopped answering for so long that it was left without news. */
    private void onGap(LiveBroker broker) {
        LiveBroker now = state.broker(broker.id());
        if (now == null || now.epoch() != broker.epoch()) {
            return;
        }
        LOG.info("Broker {} answers again and is told everything", broker.id());
        ControlBatch batch = newBatch();
        announceEverything(broker.id(), batch);
        deletion.onBrokerStarted(broker.id(), batch);
        batch.send(channels, this);
    }

    /** Keeps brokers that may have lost records from leading those who have not, and notes that this is done. */
    private void seeToLosses(List<LiveBroker> brokers, ControlBatch batch) {
        List<LiveBroker> losers = brokers.stream()
                .filter(broker -> broker.registration().mayHaveLost())
                .toList();
        if (losers.isEmpty()) {
            return;
        }
        Set<TopicPartition> affected = new LinkedHashSet<>();
        for (LiveBroker broker : losers) {
            List<TopicPartition> partitions = toServe(state.partitionsOn(broker.id()));
            if (!partitions.isEmpty()) {
                LOG.warn("Broker {} may have lost records, and leads nothing that another one can lead", broker.id());
            }
            state.markLoser(broker.id());
            affected.addAll(partitions);
        }
        elections.electAfterLoss(affected, batch);
        writer.writeEach(losers.stream().map(context.registry()::seenTo).toList());
        losers.forEach(broker -> state.unmarkLoser(broker.id()));
    }

    void onTopicsChanged() {
        electFirst(topics.takeChanges());
    }

    /** A topic's assignment was written: it has grown, by this broker or another. */
    void onTopicNodeChanged(String path) {
        electFirst(topics.takeNode(path));
    }

    /** While ZooKeeper takes the states of some partitions, brokers make the logs of those before them. */
    private void electFirst(List<TopicPartition> fresh) {
        if (fresh.isEmpty()) {
            return;
        }
        ControlBatch batch = newBatch();
        int some = Math.max(FEWEST_AT_ONCE, (fresh.size() + MOST_PARTS - 1) / MOST_PARTS);
        for (int from = 0; from < fresh.size(); from += some) {
            elections.electFirst(fresh.subList(from, Math.min(fresh.size(), from + some)), batch);
            batch.sendLeaders(channels, this);
        }
        batch.send(channels, this);
    }

    void onTopicsToDelete() {
        List<String> doomed = topics.toDelete();
        if (!topics.known(doomed)) {
            // One that was made a moment ago, of which the news is on its way; it is in sight, because it was there
            // before anybody could ask for it to be deleted.
            onTopicsChanged();
        }
        ControlBatch batch = newBatch();
        deletion.begin(doomed, batch);
        reassignments.forget(doomed);
        batch.send(channels, this);
    }

    /** See {@link IsrUpdates#alter}. */
    AlterPartition.Response alterPartition(AlterPartition.Request request, int version) {
        ControlBatch batch = newBatch();
        AlterPartition.Response response = isrUpdates.alter(request, version, batch);
        reassignments.progress(state.reassigned(), batch);
        batch.send(channels, this);
        return response;
    }

    void onIsrNotices() {
        ControlBatch batch = newBatch();
        reassignments.progress(isrUpdates.takeNotices(context.watches().isrChanges, batch), batch);
        batch.send(channels, this);
    }

    /** See {@link ControlledShutdowns#shutDown}. */
    ControlledShutdown.Response shutDown(ControlledShutdown.Request request) {
        ControlBatch batch = newBatch();
        ControlledShutdown.Response response = shutdowns.shutDown(request, batch);
        batch.send(channels, this);
        return response;
    }

    /** See {@link LeaderBalance#elect}. */
    ElectLeaders.Response electLeaders(ElectLeaders.Request request) {
        ControlBatch batch = newBatch();
        ElectLeaders.Response response = balance.elect(request, batch);
        batch.send(channels, this);
        return response;
    }

    void onPreferredElection() {
        ControlBatch batch = newBatch();
        balance.takeNotice(context.watches().preferredElection, batch);
        batch.send(channels, this);
    }

    private void rebalanceLeaders() {
        ControlBatch batch = newBatch();
        balance.rebalance(context.config().leaderRebalance(), batch);
        batch.send(channels, this);
        context.postLater(
                "RebalanceLeaders",
                this,
                this::rebalanceLeaders,
                context.config().leaderRebalance().checkIntervalMs());
    }

    /** An unclean election is allowed from now on for a topic. */
    void onUncleanElectionAllowed(String topic) {
        ControlBatch batch = newBatch();
        elections.electAfterFailure(state.partitions(topic), batch);
        batch.send(channels, this);
    }

    /** {@code min.insync.replicas} of a topic may be another from now on. */
    void onMinInsyncReplicas(String topic) {
        ControlBatch batch = newBatch();
        elections.forgetEligible(state.partitions(topic), batch);
        batch.send(channels, this);
    }

    /** See {@link Reassignments#alter}. */
    AlterPartitionReassignments.Response alterReassignments(AlterPartitionReassignments.Request request) {
        ControlBatch batch = newBatch();
        AlterPartitionReassignments.Response response = reassignments.alter(request, batch);
        batch.send(channels, this);
        return response;
    }

    /** See {@link Reassignments#list}. */
    ListPartitionReassignments.Response listReassignments(ListPartitionReassignments.Request request) {
        return reassignments.list(request);
    }

    void onReassignment() {
        ControlBatch batch = newBatch();
        reassignments.takeNotice(context.watches().reassignment, batch);
        batch.send(channels, this);
    }

    /** Gives a broker a block of producer ids. */
    AllocateProducerIds.Response allocateProducerIds(AllocateProducerIds.Request request) {
        AllocateProducerIds.Response response = new AllocateProducerIds.Response();
        LiveBroker broker = state.broker(request.brokerId);
        if (broker == null) {
            response.errorCode = ErrorCode.BROKER_ID_NOT_REGISTERED.code();
        } else if (broker.epoch() != request.brokerEpoch) {
            response.errorCode = ErrorCode.STALE_BROKER_EPOCH.code();
        } else {
            response.producerIdStart = new ProducerIdBlocks(context.znodes(), broker.id(), writer::writeOnce).next();
            response.producerIdLen = ProducerIdBlocks.BLOCK_SIZE;
        }
        return response;
    }

    void onLogDirEvents() {
        ControlBatch batch = newBatch();
        for (int broker : takeLogDirEvents()) {
            // It answers which of them it cannot serve any more.
            toServe(state.partitionsOn(broker)).forEach(partition -> batch.announceTo(broker, partition, false));
        }
        batch.send(channels, this);
    }

    private Set<Integer> takeLogDirEvents() {
        List<String> paths = notices.logDirEvents(context.watches().logDirs);
        Set<Integer> brokers = notices.brokersIn(paths);
        writer.writeEach(paths.stream()
                .map(path -> new ZnodeOp.Delete(path, ZnodeOp.ANY_VERSION))
                .toList());
        return brokers;
    }

    /** A broker has said which replicas its disks serve and which they do not. */
    private void onDisks(int broker, Map<TopicPartition, Boolean> works) {
        List<TopicPartition> changed = new ArrayList<>();
        works.forEach((partition, ok) -> {
            if (state.markFailed(broker, partition, !ok)) {
                changed.add(partition);
            }
        });
        if (!changed.isEmpty()) {
            LOG.warn("Disks of broker {} work or fail that did not before: {}", broker, changed);
            ControlBatch batch = newBatch();
            elections.electAfterFailure(changed, batch);
            batch.updateMetadata(state.brokerIds(), changed);
            batch.send(channels, this);
        }
    }

    @Override
    public void onLeaderAndIsr(int broker, LeaderAndIsr.Request request, LeaderAndIsr.Response response) {
        context.post("LeadersAnnounced", this, () -> retries.onAnswer(broker, request, response));
    }

    /** Says once more what a broker could not carry out, as far as it still holds. */
    private void announceAgain(int broker, long brokerEpoch, Map<TopicPartition, Boolean> partitions) {
        LiveBroker now = state.broker(broker);
        boolean sameLife = now != null && now.epoch() == brokerEpoch;
        ControlBatch batch = newBatch();
        toServe(partitions.keySet())
                .forEach(partition ->
                        batch.announceTo(broker, partition, sameLife && partitions.getOrDefault(partition, false)));
        batch.send(channels, this);
    }

    @Override
    public void onUpdateMetadata(int broker, UpdateMetadata.Response response) {
        if (response.errorCode != ErrorCode.NONE.code()) {
            LOG.warn("Broker {} refused UpdateMetadata: {}", broker, ErrorCode.of(response.errorCode));
        }
    }

    @Override
    public void onStopReplica(int broker, StopReplica.Request request, StopReplica.Response response) {
        context.post("ReplicasStopped", this, () -> deletion.onStopped(broker, request, response));
    }

    private void deleteAgain(int broker, Collection<TopicPartition> partitions) {
        ControlBatch batch = newBatch();
        partitions.forEach(partition -> batch.delete(broker, partition));
        batch.send(channels, this);
    }

    @Override
    public void onFailure(int broker, ApiKey request, RuntimeException failure) {
        context.post(request + " to broker " + broker, this, () -> {
            // The broker lacks what it was to be told; the next term tells everybody everything.
            throw failure;
        });
    }

    private void announceEverything(int broker, ControlBatch batch) {
        for (TopicPartition partition : toServe(state.partitionsOn(broker))) {
            batch.announceTo(broker, partition, false);
        }
        batch.updateAllMetadata(broker, partitionsToServe());
    }

    private Collection<TopicPartition> partitionsToServe() {
        return toServe(state.partitions());
    }

    private List<TopicPartition> toServe(Collection<TopicPartition> partitions) {
        return partitions.stream()
                .filter(partition -> !state.isBeingDeleted(partition.topic()))
                .toList();
    }

    private ControlBatch newBatch() {
        return new ControlBatch(state, context.brokerId(), term.epoch(), context.interBrokerListener());
    }
}

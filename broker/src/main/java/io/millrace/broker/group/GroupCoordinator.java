package io.millrace.broker.group;

import io.millrace.broker.config.GroupConfig;
import io.millrace.protocol.message.DeleteGroups;
import io.millrace.protocol.message.DeleteGroups.Response.DeletableGroupResult;
import io.millrace.protocol.message.DescribeGroups;
import io.millrace.protocol.message.DescribeGroups.Response.DescribedGroup;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.ListGroups;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetDelete;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.SyncGroup;
import io.millrace.protocol.record.Compression;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The door to the groups that this broker coordinates. Any thread may knock; everything behind happens on the
 * {@link GroupLoop}, where answers are given too, each exactly once. A request that fails unexpectedly is told to
 * {@link Answer#fail}. No answer or request holds on to a frame.
 */
public final class GroupCoordinator {
    private final GroupLoop loop;
    private final Shards shards;
    private final Joining joining;
    private final Syncing syncing;
    private final Leaving leaving;
    private final OffsetCommits commits;
    private final OffsetReads reads;
    private final Deletions deletions;
    private final OffsetExpiry expiry;
    private final GroupViews views;

    public GroupCoordinator(GroupConfig config, GroupLoop loop, OffsetLog log) {
        this.loop = loop;
        GroupStore store = new GroupStore(loop);
        Rebalances rebalances = new Rebalances(loop, config.initialRebalanceDelayMs(), store);
        Compression compression = Compression.of(config.offsets().topicCompressionCodec());
        this.shards = new Shards(loop, log, compression, config.maxSize(), rebalances);
        this.joining = new Joining(loop, config, shards, rebalances, store);
        this.syncing = new Syncing(loop, shards, rebalances, store);
        this.leaving = new Leaving(loop, shards, rebalances);
        this.commits = new OffsetCommits(loop, config.offsets().metadataMaxBytes(), shards, store);
        this.reads = new OffsetReads(shards);
        this.deletions = new Deletions(shards, store);
        this.expiry = new OffsetExpiry(loop, config.offsets(), shards, deletions);
        this.views = new GroupViews(shards);
    }

    /** This broker leads a partition of {@code __consumer_offsets} now, or leads it on in a later epoch: it reads the groups. */
    public void onElected(int partition, int leaderEpoch) {
        loop.execute(() -> {
            shards.take(partition, leaderEpoch);
            expiry.wake();
        });
    }

    /**
     * This broker leads a partition no more: whoever waits is sent away.
     *
     * @param leaderEpoch in which it does not; ignored if it leads in a later one already
     */
    public void onResigned(int partition, int leaderEpoch) {
        loop.execute(() -> shards.letGo(partition, leaderEpoch));
    }

    /** Topics are gone, and with them the offsets committed in them. */
    public void onTopicsDeleted(Predicate<String> gone) {
        loop.execute(() -> deletions.deleteOffsetsOf(gone));
    }

    /** Lets all groups go; nothing is coordinated any more. */
    public void close() {
        loop.execute(() -> {
            shards.close();
            expiry.stop();
        });
    }

    public void join(JoinGroup.Request request, JoiningClient client, Answer<JoinGroup.Response> answer) {
        serve(answer, () -> {
            joining.join(request, client, answer);
            expiry.wake();
        });
    }

    public void sync(SyncGroup.Request request, Answer<SyncGroup.Response> answer) {
        serve(answer, () -> syncing.sync(request, answer));
    }

    public void heartbeat(Heartbeat.Request request, Answer<Heartbeat.Response> answer) {
        serve(answer, () -> leaving.heartbeat(request, answer));
    }

    /** @param request with all members in the list, as of version 3 */
    public void leave(LeaveGroup.Request request, Answer<LeaveGroup.Response> answer) {
        serve(answer, () -> leaving.leave(request, answer));
    }

    /** @param request with the names of all topics filled in, known ones only */
    public void commitOffsets(OffsetCommit.Request request, Answer<OffsetCommit.Response> answer) {
        serve(answer, () -> {
            commits.commit(request, answer);
            expiry.wake();
        });
    }

    /**
     * Reads the offsets of groups.
     *
     * @param groups with the names of all topics filled in; null topics for all that a group has
     * @param requireStable whether to be told to ask again where a commit is under way, rather than the offset before it
     * @param answer gets one entry a group in the order asked; topics have names, and the ids that the request had
     */
    public void fetchOffsets(
            List<OffsetFetchRequestGroup> groups,
            boolean requireStable,
            Answer<List<OffsetFetchResponseGroup>> answer) {
        serve(answer, () -> {
            List<OffsetFetchResponseGroup> fetched = new ArrayList<>(groups.size());
            groups.forEach(group -> fetched.add(reads.fetch(group, requireStable)));
            answer.accept(fetched);
        });
    }

    public void deleteOffsets(OffsetDelete.Request request, Answer<OffsetDelete.Response> answer) {
        serve(answer, () -> deletions.deleteOffsets(request, answer));
    }

    public void deleteGroups(DeleteGroups.Request request, Answer<DeleteGroups.Response> answer) {
        serve(answer, () -> {
            DeleteGroups.Response response = new DeleteGroups.Response();
            Set<String> groupIds = new LinkedHashSet<>(request.groupsNames);
            List<DeletableGroupResult> results = new ArrayList<>(groupIds.size());
            response.results = results;
            if (groupIds.isEmpty()) {
                answer.accept(response);
            }
            for (String groupId : groupIds) {
                deletions.deleteGroup(groupId, answer.step(result -> {
                    results.add(result);
                    if (results.size() == groupIds.size()) {
                        answer.accept(response);
                    }
                }));
            }
        });
    }

    /** @param missingIsError whether a group that is not known is an error (version 6) or a dead group */
    public void describe(
            DescribeGroups.Request request, boolean missingIsError, Answer<DescribeGroups.Response> answer) {
        serve(answer, () -> {
            List<DescribedGroup> groups = new ArrayList<>(request.groups.size());
            request.groups.forEach(groupId -> groups.add(views.describe(groupId, missingIsError)));
            DescribeGroups.Response response = new DescribeGroups.Response();
            response.groups = groups;
            answer.accept(response);
        });
    }

    public void list(ListGroups.Request request, Answer<ListGroups.Response> answer) {
        serve(answer, () -> answer.accept(views.list(request.statesFilter, request.typesFilter)));
    }

    private void serve(Answer<?> answer, Runnable request) {
        loop.execute(() -> {
            try {
                request.run();
            } catch (RuntimeException e) {
                answer.fail(e);
            }
        });
    }
}

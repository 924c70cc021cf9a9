package io.millrace.broker.group;

import static io.millrace.broker.group.TestGroups.GROUP;
import static io.millrace.broker.group.TestGroups.error;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.OffsetDelete;
import io.millrace.protocol.message.SyncGroup;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every bad request gets Kafka's error, and a group beside it does not notice. */
class BadGroupInputTest {
    private static final String ENORMOUS = "g".repeat(32_768);
    private static final JoiningClient CLIENT = new JoiningClient("c", "/h", true, true);

    private final TestGroups groups = new TestGroups();
    private List<String> members = List.of();

    @BeforeEach
    void aStableGroup() {
        members = groups.stableGroup(2);
    }

    static Stream<Arguments> badJoins() {
        return Stream.of(
                join("no group id", ErrorCode.INVALID_GROUP_ID, r -> r.groupId = ""),
                join("an enormous group id", ErrorCode.INVALID_GROUP_ID, r -> r.groupId = ENORMOUS),
                join(
                        "an enormous group id of wide letters",
                        ErrorCode.INVALID_GROUP_ID,
                        r -> r.groupId = "文".repeat(10_923)),
                join("a session of 1 ms", ErrorCode.INVALID_SESSION_TIMEOUT, r -> r.sessionTimeoutMs = 1),
                join("a session of -1 ms", ErrorCode.INVALID_SESSION_TIMEOUT, r -> r.sessionTimeoutMs = -1),
                join("a session too long", ErrorCode.INVALID_SESSION_TIMEOUT, r -> r.sessionTimeoutMs = 1_800_001),
                join("an unknown member", ErrorCode.UNKNOWN_MEMBER_ID, r -> r.memberId = "zzz"),
                join("an unknown member of an unknown group", ErrorCode.UNKNOWN_MEMBER_ID, r -> {
                    r.groupId = "nobody";
                    r.memberId = "zzz";
                }),
                join("no protocol", ErrorCode.INCONSISTENT_GROUP_PROTOCOL, r -> r.protocols = List.of()),
                join("no protocol in an unknown group", ErrorCode.INCONSISTENT_GROUP_PROTOCOL, r -> {
                    r.groupId = "nobody";
                    r.protocols = List.of();
                }),
                join("no protocol type in an unknown group", ErrorCode.INCONSISTENT_GROUP_PROTOCOL, r -> {
                    r.groupId = "nobody";
                    r.protocolType = "";
                }),
                join("a static name and an id of nobody", ErrorCode.UNKNOWN_MEMBER_ID, r -> {
                    r.memberId = "zzz";
                    r.groupInstanceId = "static";
                }));
    }

    private static Arguments join(String what, ErrorCode expected, Consumer<JoinGroup.Request> spoil) {
        return Arguments.of(what, expected, spoil);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badJoins")
    void badJoinsAreRefused(String what, ErrorCode expected, Consumer<JoinGroup.Request> spoil) {
        JoinGroup.Request request = TestGroups.joinRequest("", null);
        spoil.accept(request);
        JoinGroup.Response response = groups.join(request, CLIENT).get();
        assertThat(error(response.errorCode)).isEqualTo(expected);
        assertThat(response.memberId).isEqualTo(request.memberId);
        assertThat(groups.describe("nobody", false).groupState)
                .as("no group was made")
                .isEqualTo("Dead");
        stillStable();
    }

    static Stream<Arguments> badSyncs() {
        return Stream.of(
                sync("no group id", ErrorCode.INVALID_GROUP_ID, r -> r.groupId = ""),
                sync("an unknown group", ErrorCode.UNKNOWN_MEMBER_ID, r -> r.groupId = "nobody"),
                sync("an unknown member", ErrorCode.UNKNOWN_MEMBER_ID, r -> r.memberId = "zzz"),
                sync("an old generation", ErrorCode.ILLEGAL_GENERATION, r -> r.generationId = 0),
                sync("a generation to come", ErrorCode.ILLEGAL_GENERATION, r -> r.generationId = 2),
                sync("another type", ErrorCode.INCONSISTENT_GROUP_PROTOCOL, r -> r.protocolType = "connect"),
                sync("another protocol", ErrorCode.INCONSISTENT_GROUP_PROTOCOL, r -> r.protocolName = "sticky"));
    }

    private static Arguments sync(String what, ErrorCode expected, Consumer<SyncGroup.Request> spoil) {
        return Arguments.of(what, expected, spoil);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badSyncs")
    void badSyncsAreRefused(String what, ErrorCode expected, Consumer<SyncGroup.Request> spoil) {
        SyncGroup.Request request = new SyncGroup.Request();
        request.groupId = GROUP;
        request.memberId = members.get(1);
        request.generationId = 1;
        request.protocolType = "consumer";
        request.protocolName = "range";
        assertThat(groups.sync(request).get().errorCode)
                .as("it is good before it is spoiled")
                .isZero();
        spoil.accept(request);
        assertThat(error(groups.sync(request).get().errorCode)).isEqualTo(expected);
        stillStable();
    }

    @Test
    void badHeartbeatsAreRefused() {
        assertThat(groups.heartbeat("zzz", 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.heartbeat(members.get(0), 0)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(groups.heartbeat(members.get(0), 2)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        Heartbeat.Request request = new Heartbeat.Request();
        Reply<Heartbeat.Response> reply = new Reply<>();
        groups.coordinator.heartbeat(request, reply);
        groups.loop.run();
        assertThat(error(reply.get().errorCode)).isEqualTo(ErrorCode.INVALID_GROUP_ID);
        stillStable();
    }

    @Test
    void badLeavesAreRefused() {
        assertThat(groups.leave("zzz")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.leave("")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.leave("", "nobody")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(error(groups.leaveAll("", List.of()).errorCode)).isEqualTo(ErrorCode.INVALID_GROUP_ID);
        assertThat(groups.leaveAll(GROUP, List.of()).members).isEmpty();
        stillStable();
    }

    @ParameterizedTest
    @ValueSource(ints = {4_097, 20_000, 40_000})
    void notesThatAreTooLongAreRefused(int length) {
        var commit = TestGroups.commitRequest(GROUP, members.get(0), 1, "t", 1, "n".repeat(length));
        assertThat(TestGroups.outcome(groups.commit(commit))).isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        stillStable();
    }

    @Test
    void notesAreCountedInCharactersAndNotInBytes() {
        var commit = TestGroups.commitRequest(GROUP, members.get(0), 1, "t", 1, "\u2603".repeat(4_096));
        assertThat(TestGroups.outcome(groups.commit(commit))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void badCommitsAreRefused() {
        assertThat(TestGroups.outcome(groups.commit(TestGroups.commitRequest(ENORMOUS, "", -1, "t", 1, ""))))
                .isEqualTo(ErrorCode.INVALID_GROUP_ID);
        assertThat(TestGroups.outcome(groups.commit(TestGroups.commitRequest("nobody", "", 1, "t", 1, ""))))
                .isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(groups.describe("nobody", false).groupState).isEqualTo("Dead");
        stillStable();
    }

    @Test
    void theEmptyGroupIdNamesAGroupWhereOnlyOffsetsCount() {
        var commit = TestGroups.commitRequest("", "", -1, "t", 5, "");
        assertThat(TestGroups.outcome(groups.commit(commit))).isEqualTo(ErrorCode.NONE);
        assertThat(groups.fetch("", "t").topics.get(0).partitions.get(0).committedOffset)
                .isEqualTo(5);
        assertThat(groups.describe("", true).groupState).isEqualTo("Empty");
        Reply<OffsetDelete.Response> reply = new Reply<>();
        groups.coordinator.deleteOffsets(new OffsetDelete.Request(), reply);
        groups.loop.run();
        assertThat(error(reply.get().errorCode)).isEqualTo(ErrorCode.INVALID_GROUP_ID);
        assertThat(groups.delete("").get().results.get(0).errorCode).isZero();
    }

    @Test
    void aGroupThatDoesNotExistIsDeadToOldClientsAndAnErrorToNewOnes() {
        assertThat(groups.describe("nobody", false).groupState).isEqualTo("Dead");
        assertThat(groups.describe("nobody", false).errorCode).isZero();
        var described = groups.describe("nobody", true);
        assertThat(error(described.errorCode)).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(described.errorMessage).isEqualTo("Group nobody not found.");
        assertThat(described.groupState).isEqualTo("Dead");
    }

    @Test
    void namesTooLongForARecordHurtOnlyTheirOwnGroup() {
        JoinGroup.Request request = TestGroups.joinRequest("", "i".repeat(40_000));
        request.groupId = "other";
        Reply<JoinGroup.Response> join = groups.join(request, CLIENT);
        groups.loop.advance(TestGroups.INITIAL_DELAY_MS);
        assertThat(join.get().memberId).hasSizeLessThan(400);
        SyncGroup.Request sync = new SyncGroup.Request();
        sync.groupId = "other";
        sync.memberId = join.get().memberId;
        sync.generationId = 1;
        assertThat(error(groups.sync(sync).get().errorCode)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        stillStable();
    }

    @Test
    void aMemberIdIsCutBetweenCharacters() {
        JoiningClient client = new JoiningClient("c".repeat(254) + "\uD83D\uDE00", "/127.0.0.1", true, true);
        JoinGroup.Request request = TestGroups.joinRequest("", null);
        request.groupId = "other";
        String memberId = groups.join(request, client).get().memberId;
        assertThat(new String(memberId.getBytes(UTF_8), UTF_8)).isEqualTo(memberId);
        assertThat(memberId).startsWith("c".repeat(254) + "-");
    }

    private void stillStable() {
        assertThat(groups.state()).isEqualTo("Stable");
        assertThat(groups.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.heartbeat(members.get(1), 1)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.sync(members.get(1), 1, Map.of()).get().errorCode).isZero();
    }
}

package io.millrace.client.consumer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Heartbeat;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows the coordinator that a member lives, and watches whether the application still polls. On the event loop, by a
 * timer that is armed only while the consumer is a member.
 */
final class Heartbeats {
    private final BrokerClient client;
    private final CoordinatorLink coordinator;
    private final GroupConfig config;
    private final Supplier<@Nullable MemberIdentity> member;
    private final Listener listener;
    private boolean armed;
    private boolean underWay;

    /** What heartbeats find out; on the event loop. */
    interface Listener {

        /** The coordinator answered something else than that all is well. */
        void onHeartbeatError(MemberIdentity member, ErrorCode error);

        /** A moment to look whether the application still polls. Returns false if the heartbeats are to end. */
        boolean onHeartbeatDue();
    }

    /** @param member who to send heartbeats for, or null while there is nobody, or nothing to be said */
    Heartbeats(
            BrokerClient client,
            CoordinatorLink coordinator,
            GroupConfig config,
            Supplier<@Nullable MemberIdentity> member,
            Listener listener) {
        this.client = client;
        this.coordinator = coordinator;
        this.config = config;
        this.member = member;
        this.listener = listener;
    }

    /** Begins sending them, if that has not begun already; on the event loop. */
    void arm() {
        if (!armed) {
            armed = true;
            client.loop().schedule(this::beat, config.heartbeatIntervalMs(), TimeUnit.MILLISECONDS);
        }
    }

    private void beat() {
        armed = false;
        if (!listener.onHeartbeatDue()) {
            return;
        }
        MemberIdentity current = member.get();
        if (current != null && !underWay) {
            underWay = true;
            send(current);
        }
        arm();
    }

    private void send(MemberIdentity current) {
        Heartbeat.Request request = new Heartbeat.Request();
        request.groupId = config.groupId();
        request.generationId = current.generation();
        request.memberId = current.memberId();
        request.groupInstanceId = config.instanceId();
        coordinator
                .send(Call.of(request, Heartbeat.Response::new)
                        .timeoutMs(Math.min(config.requestTimeoutMs(), config.sessionTimeoutMs())))
                .whenComplete((response, failure) -> client.loop().execute(() -> {
                    underWay = false;
                    ErrorCode error = response == null
                            ? ClientException.of(java.util.Objects.requireNonNull(failure))
                                    .error()
                            : ErrorCode.of(response.errorCode);
                    if (error != ErrorCode.NONE) {
                        coordinator.forget(error);
                        listener.onHeartbeatError(current, error);
                    }
                }));
    }
}

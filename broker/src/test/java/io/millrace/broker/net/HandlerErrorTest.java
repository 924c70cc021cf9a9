package io.millrace.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiRegistry;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.protocol.ApiKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandlerErrorTest {
    private static final Error ERROR = new StackOverflowError("made up");

    @TempDir
    Path dir;

    /** Whoever hears of it ends the process: what the handler was in the middle of is half done. */
    @Test
    void anErrorInAHandlerIsTold() throws Exception {
        BrokerConfig config =
                BrokerConfig.parse(Map.of("log.dirs", dir.toString(), "listeners", "PLAINTEXT://127.0.0.1:0"));
        List<Error> told = new CopyOnWriteArrayList<>();
        try (SocketServer server = new SocketServer(config.net())) {
            int port = server.bind(new ApiRegistry(List.of(new Broken())), told::add)
                    .get("PLAINTEXT");
            server.start();
            try (RawClient client = new RawClient(port)) {
                client.send(RawClient.request(ApiKey.LIST_GROUPS.id(), 0, 1, false));
                Await.await("the error is told", () -> !told.isEmpty());
            }
        }
        assertThat(told).containsOnly(ERROR);
    }

    private static final class Broken implements ApiHandler {
        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_GROUPS;
        }

        @Override
        public void handle(RequestContext context) {
            throw ERROR;
        }
    }
}

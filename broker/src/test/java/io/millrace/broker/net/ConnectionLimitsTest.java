package io.millrace.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.BrokerConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {
    @Test
    void countsAllTogetherAndEachAddress() throws UnknownHostException {
        BrokerConfig config =
                BrokerConfig.parse(Map.of("log.dirs", "logs", "max.connections", "3", "max.connections.per.ip", "2"));
        ConnectionLimits limits = new ConnectionLimits(config.net());
        InetAddress first = InetAddress.getByName("192.0.2.1");
        InetAddress second = InetAddress.getByName("192.0.2.2");
        assertThat(limits.opened(first)).isTrue();
        assertThat(limits.opened(first)).isTrue();
        assertThat(limits.opened(first)).as("a third of one address").isFalse();
        assertThat(limits.opened(second)).isTrue();
        assertThat(limits.opened(second)).as("a fourth in all").isFalse();

        limits.closed(first);
        assertThat(limits.opened(second)).isTrue();
        assertThat(limits.count()).isEqualTo(3);
    }
}

package io.millrace.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.BrokerConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicConfigsTest {
    private final BrokerConfig broker =
            BrokerConfig.parse(Map.of("log.dirs", "unused", "min.insync.replicas", "2", "log.retention.ms", "4000"));
    private final TopicConfigs configs =
            new TopicConfigs(topic -> topic.equals("own") ? Map.of("retention.ms", "5000") : Map.of(), () -> broker);

    @Test
    void topicsWithoutConfigsOfTheirOwnShareTheSettingsOfTheBroker() {
        assertThat(configs.of("a").log())
                .isSameAs(broker.log())
                .isSameAs(configs.lastHeard("b").log());
        assertThat(configs.of("a").minInsyncReplicas()).isEqualTo(2);
        assertThat(configs.of("a").log().retentionMs()).isEqualTo(4000);
    }

    @Test
    void whatATopicHasOfItsOwnGoesBeforeThem() {
        assertThat(configs.of("own").log())
                .isEqualTo(broker.log().toBuilder().retentionMs(5000).build());
        assertThat(configs.of("own").minInsyncReplicas()).isEqualTo(2);
    }
}

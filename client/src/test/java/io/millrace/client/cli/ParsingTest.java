package io.millrace.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.ProducerRecord;
import io.millrace.client.net.Endpoint;
import io.millrace.client.net.Node;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.RecordHeader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What options, lines and files say, without a cluster. */
class ParsingTest {
    private static final TopicPartition A0 = new TopicPartition("a", 0);

    @Test
    void bracketsKeepCommasInAValue() {
        assertThat(ConfigsTool.parse("a=1,cleanup.policy=[compact,delete],empty="))
                .isEqualTo(Map.of("a", "1", "cleanup.policy", "compact,delete", "empty", ""));
        assertThatThrownBy(() -> ConfigsTool.parse("a"))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("key=val");
    }

    @Test
    void replicasAreGivenByColonsAndPartitionsByCommas() {
        assertThat(TopicsTool.assignment("1:2, 2:3")).isEqualTo(Map.of(0, List.of(1, 2), 1, List.of(2, 3)));
        assertThatThrownBy(() -> TopicsTool.assignment("1:2:1")).hasMessageEndingWith("duplicate entries: 1");
        assertThatThrownBy(() -> TopicsTool.assignment("1:2,3")).hasMessageContaining("Partition 1");
        assertThatThrownBy(() -> TopicsTool.assignment("1:x")).hasMessageContaining("'x' is no broker id");
    }

    @Test
    void partitionRangesLeaveTheirEndOut() {
        var filter = GetOffsetsTool.PartitionFilter.of("a.*:0-2,b:3,c:2-,d:-1,e");
        assertThat(List.of(filter.test("ab", 0), filter.test("ab", 1), filter.test("ab", 2)))
                .containsExactly(true, true, false);
        assertThat(List.of(filter.test("b", 3), filter.test("b", 4))).containsExactly(true, false);
        assertThat(List.of(filter.test("c", 1), filter.test("c", 9))).containsExactly(false, true);
        assertThat(List.of(filter.test("d", 0), filter.test("d", 1))).containsExactly(true, false);
        assertThat(List.of(filter.test("e", 7), filter.test("f", 0))).containsExactly(true, false);
    }

    @Test
    void aLineHasHeadersAndKeyIfThePropertiesSaySo() {
        LineReader reader = reader("parse.key", "true", "parse.headers", "true", "null.marker", "NIL");
        ProducerRecord<byte[], byte[]> record = reader.record("h1:v1,h2:NIL\tkey\tva\tlue");
        assertThat(text(record.key())).isEqualTo("key");
        assertThat(text(record.value())).isEqualTo("va\tlue");
        assertThat(record.headers()).extracting(RecordHeader::key).containsExactly("h1", "h2");
        assertThat(record.headers().get(1).value()).isNull();
        assertThat(reader.record("NIL\tNIL\tNIL").key()).isNull();
        assertThatThrownBy(() -> reader.record("h\tk\tv")).hasMessageContaining("pair 'h' on line number 3");
        assertThatThrownBy(() -> reader.record("all in one"))
                .hasMessageContaining("No headers delimiter found on line number 4");
        assertThat(text(reader("parse.key", "true", "ignore.error", "true")
                        .record("x")
                        .value()))
                .isEqualTo("x");
        assertThatThrownBy(() -> reader("headers.separator", "\t")).hasMessageContaining("may not be equal");
    }

    private static LineReader reader(String... settings) {
        Properties properties = new Properties();
        for (int i = 0; i < settings.length; i += 2) {
            properties.setProperty(settings[i], settings[i + 1]);
        }
        return new LineReader("t", properties);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void timesAreInUtcUnlessAZoneFollows() {
        assertThat(Times.parse("1970-01-01T00:00:01.500")).isEqualTo(1_500);
        assertThat(Times.parse("1970-01-01T01:00:01.500+01")).isEqualTo(1_500);
        assertThat(Times.parse("1970-01-01T00:00:02Z")).isEqualTo(2_000);
        assertThatThrownBy(() -> Times.parse("yesterday")).hasMessageContaining("is no time");
    }

    @Test
    void offsetsInAFileMayNameTheGroup() {
        assertThat(OffsetPlan.parse("a,0,7\n\n", "g")).isEqualTo(Map.of("g", Map.of(A0, 7L)));
        assertThat(OffsetPlan.parse("\"h\",a,0,7", "g")).isEqualTo(Map.of("h", Map.of(A0, 7L)));
        assertThatThrownBy(() -> OffsetPlan.parse("a,0,7", null)).hasMessageContaining("group,topic,partition,offset");
    }

    @Test
    void aFileOfPartitionsIsRefusedWithWhatIsWrong() {
        String good = "{\"version\":1,\"partitions\":[{\"topic\":\"a\",\"partition\":0}]}";
        assertThat(PartitionsFile.parse(good, "It", item -> 1)).isEqualTo(Map.of(A0, 1));
        for (String[] bad : new String[][] {
            {"", "empty"},
            {"{", "not JSON"},
            {"{}", "no list named partitions"},
            {good.replace("1,", "2,"), "only version 1"},
            {good.replace("0}", "\"x\"}"), "no number"},
            {good.replace("topic", "tpoic"), "without topic"},
            {good.replace("}]", "},{\"topic\":\"a\",\"partition\":0}]"), "duplicate topic partitions: a-0"}
        }) {
            assertThatThrownBy(() -> PartitionsFile.parse(bad[0], "It", item -> 1))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining(bad[1]);
        }
    }

    @Test
    void jsonSurvivesTheWayThereAndBack() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("text", "a \"b\"\n\u00e4");
        document.put("numbers", List.of(1L, -5L, 2.5));
        document.put("flag", true);
        document.put("nothing", null);
        assertThat(Json.read(Json.write(document), "It")).isEqualTo(document);
    }

    @Test
    void replicasAreSpreadOverBrokersAndRacks() {
        List<Node> brokers = new ArrayList<>();
        for (int id = 1; id <= 6; id++) {
            brokers.add(new Node(id, new Endpoint("h", id), "rack" + (id - 1) / 2));
        }
        Map<TopicPartition, List<Integer>> current = new LinkedHashMap<>();
        for (int i = 0; i < 60; i++) {
            current.put(new TopicPartition("t", i), List.of(9, 8, 7));
        }
        int[] leads = new int[7];
        int[] has = new int[7];
        Set<List<Integer>> followers = new HashSet<>();
        ReplicaPlan.spread(current, brokers, true, 4).values().forEach(replicas -> {
            assertThat(replicas.stream().map(id -> (id - 1) / 2).distinct())
                    .as("racks of %s", replicas)
                    .hasSize(3);
            leads[replicas.get(0)]++;
            replicas.forEach(id -> has[id]++);
            followers.add(replicas);
        });
        assertThat(leads).containsExactly(0, 10, 10, 10, 10, 10, 10);
        for (int id = 1; id <= 6; id++) {
            assertThat(has[id]).as("replicas on %s", id).isBetween(20, 40);
        }
        assertThat(followers).hasSizeGreaterThan(6);
        assertThatThrownBy(() -> ReplicaPlan.spread(current, brokers.subList(0, 2), false, 0))
                .hasMessageContaining("larger than available brokers: 2");
    }
}

package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** A flame graph shows each method as wide as its share, above what called it. */
class FlameGraphTest {
    @Test
    void isWellFormedAndAsWideAsTheShares() throws Exception {
        String svg = FlameGraph.draw("a & b", List.of("main;List<T>.sort 30", "main;Map.put 10", "gc 60"));
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertThat(document.getElementsByTagName("title").getLength()).isEqualTo(5);
        assertThat(svg)
                .contains("<title>all: 100 samples, 100.00 %</title>")
                .contains("<title>main: 40 samples, 40.00 %</title>")
                .contains(
                        "<title>List&lt;T&gt;.sort: 30 samples, 30.00 %</title><rect x=\"720.0\" y=\"40\" width=\"360.0\"");
    }
}

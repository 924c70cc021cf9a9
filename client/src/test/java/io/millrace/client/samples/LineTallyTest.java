package io.millrace.client.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineTallyTest {

    private static LineTally tally(String... lines) {
        LineTally tally = new LineTally();
        for (String line : lines) {
            tally.add("file", line.getBytes(StandardCharsets.UTF_8));
        }
        return tally;
    }

    @Test
    void findsNothingWhereNothingIsWrong() {
        assertThat(tally("a", "b", "").differences(tally("a", "b", ""))).isEmpty();
    }

    @Test
    void findsWhatIsLostDoubledReorderedChangedOrForeign() {
        LineTally sent = tally("a", "b", "c");
        assertThat(sent.differences(tally("a", "c"))).containsEntry("file", "sent 3 lines, read 2");
        assertThat(sent.differences(tally("a", "b", "b", "c"))).containsEntry("file", "sent 3 lines, read 4");
        assertThat(sent.differences(tally("b", "a", "c")).get("file")).contains("another order");
        assertThat(sent.differences(tally("a", "b", "d")).get("file")).contains("another order or changed");
        LineTally foreign = tally("a", "b", "c");
        foreign.add("other", new byte[0]);
        assertThat(sent.differences(foreign)).containsEntry("other", "sent nothing, read 1 lines");
    }

    @Test
    void readsLinesWhateverTheyEndWith(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("f"), "one\n\nthree\r\nlast");
        List<String> lines = new ArrayList<>();
        LineFiles.read(file, line -> lines.add(new String(line, StandardCharsets.UTF_8)));
        assertThat(lines).containsExactly("one", "", "three\r", "last");
    }

    @Test
    void findsTextAndPassesOverTheRest(@TempDir Path dir) throws IOException {
        Files.writeString(dir.resolve("b.txt"), "text");
        Files.writeString(dir.resolve("a.txt"), "text");
        Files.write(dir.resolve("binary"), new byte[] {1, 0, 2});
        Files.writeString(Files.createDirectory(dir.resolve("target")).resolve("built.txt"), "text");
        Files.writeString(Files.createDirectory(dir.resolve(".git")).resolve("hidden.txt"), "text");
        assertThat(LineFiles.find(List.of(dir)))
                .extracting(path -> path.getFileName().toString())
                .containsExactly("a.txt", "b.txt");
    }
}

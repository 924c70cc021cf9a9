package io.millrace.broker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigSourceTest {
    @TempDir
    Path dir;

    @Test
    void overridesGoBeforeTheFile() throws Exception {
        Path file = Files.writeString(dir.resolve("a b.properties"), "broker.id=1\nnum.partitions = 3\n");
        assertThat(ConfigSource.read(file, dir, List.of("broker.id=2", "zookeeper.connect=a:1=b")))
                .containsEntry("broker.id", "2")
                .containsEntry("num.partitions", "3")
                .containsEntry("zookeeper.connect", "a:1=b");
    }

    @Test
    void relativePathsStartAtTheInstallationInAFileAndAtTheCurrentDirectoryOnTheCommandLine() throws Exception {
        Path file =
                Files.writeString(dir.resolve("f"), "log.dirs=data/x, /abs/y\nembedded.zookeeper.data.dir=data/zk\n");
        assertThat(ConfigSource.read(file, dir, List.of()))
                .containsEntry("log.dirs", dir.resolve("data/x") + ",/abs/y")
                .containsEntry(
                        "embedded.zookeeper.data.dir", dir.resolve("data/zk").toString());
        assertThat(ConfigSource.read(file, dir, List.of("log.dirs=here")))
                .containsEntry("log.dirs", Path.of("here").toAbsolutePath().toString());
    }

    @Test
    void saysWhatIsWrongWithTheFile() throws Exception {
        assertThatThrownBy(() -> ConfigSource.read(dir.resolve("none"), dir, List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("The configuration file " + dir.resolve("none") + " does not exist");
        assertThatThrownBy(() -> ConfigSource.read(dir, dir, List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("The configuration file " + dir + " cannot be read");
        Path binary = Files.write(dir.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThatThrownBy(() -> ConfigSource.read(binary, dir, List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith("is not UTF-8 text");
    }

    @Test
    void refusesAnOverrideWithoutAKey() throws Exception {
        Path file = Files.writeString(dir.resolve("f"), "");
        assertThatThrownBy(() -> ConfigSource.read(file, dir, List.of("broker.id")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--override broker.id: must be key=value");
    }
}

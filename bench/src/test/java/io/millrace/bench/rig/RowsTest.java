package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows as small as they can be, with real processes: each brings all its figures, so that a run of hours does not end without them. The
 * figures themselves say nothing here.
 */
@Timeout(180)
class RowsTest {
    @TempDir
    Path dir;

    private Contender.Millrace ours;
    private Contender.Kafka kafka;

    /** Both from the class path of the tests, as a build has not put anything together yet. Of Kafka only the ZooKeeper is used. */
    @BeforeEach
    void install() throws IOException {
        String classPath = System.getProperty("java.class.path");
        Path script = Files.createDirectories(dir.resolve("home/bin")).resolve("broker-start.sh");
        Files.writeString(
                script,
                "#!/bin/sh\nexec \"$JAVA_HOME/bin/java\" -Xmx128m -XX:TieredStopAtLevel=1 -cp '" + classPath
                        + "' io.millrace.broker.Main \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        ours = new Contender.Millrace(dir.resolve("home"));

        Path libs = Files.createDirectory(dir.resolve("libs"));
        int count = 0;
        for (String entry : classPath.split(File.pathSeparator)) {
            Path jar = Path.of(entry);
            // Without what writes a log, ZooKeeper says nothing.
            if (Files.isRegularFile(jar) && !jar.getFileName().toString().startsWith("logback")) {
                count++;
                Files.createSymbolicLink(libs.resolve(count + "-" + jar.getFileName()), jar);
            }
        }
        Path logging = Files.writeString(dir.resolve("log4j.properties"), "log4j.rootLogger=OFF\n");
        kafka = new Contender.Kafka(libs, logging, false);
    }

    @Test
    void partitions() throws Exception {
        assertThat(measured(new PartitionsRow(3))).hasSize(9);
    }

    @Test
    void recovery() throws Exception {
        assertThat(measured(new RecoveryRow(2, false))).hasSize(2);
    }

    @Test
    void connections() throws Exception {
        assertThat(measured(new ConnectionsRow(3))).hasSize(5);
    }

    /** With a ZooKeeper beside the brokers. */
    @Test
    void failover() throws Exception {
        assertThat(measured(new FailoverRow(true))).hasSize(1);
    }

    // The figures that there are, each of which was found to be a number.
    private Set<Metric> measured(Row row) throws Exception {
        Samples samples = new Samples();
        try (Cluster cluster = Cluster.start(ours, kafka, dir.resolve("cluster"), row.brokers())) {
            // With what it printed, should it not start.
            cluster.awaitPorts();
            row.measure(cluster, ours, samples);
        }
        Set<Metric> figures = samples.values().keySet();
        assertThat(figures)
                .allSatisfy(figure -> assertThat(samples.of(figure, ours.name()))
                        .singleElement()
                        .satisfies(value -> assertThat(value).isFinite()));
        return figures;
    }
}

package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.ChildJvm;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.TestLog;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MappedFaultTest {
    @TempDir
    Path dir;

    /**
     * In a process of its own, which such a fault could end; when the append has been compiled, which changes what the JVM does
     * of it, and before.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 30_000})
    void anAppendToAPageThatIsGoneTakesTheDirectoryOutOfService(int appendsBefore) throws Exception {
        assertThat(ChildJvm.run(ChildJvm.of(Child.class, dir.toString(), Integer.toString(appendsBefore))))
                .startsWith("0 ")
                .contains("refused, directories out of service: 1");
    }

    /** Appends to a log whose file is cut to nothing under its map. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            TestLog test = new TestLog(Path.of(args[0]), TestLog.config().build());
            for (int i = Integer.parseInt(args[1]); i > 0; i--) {
                test.append(Batches.of(TestLog.NOW, "a"));
            }
            try (FileChannel file =
                    FileChannel.open(test.dir.resolve("00000000000000000000.log"), StandardOpenOption.WRITE)) {
                file.truncate(0);
            }
            try {
                test.append(Batches.of(TestLog.NOW, "b"));
                System.out.println("appended");
            } catch (StorageException e) {
                System.out.println("refused, directories out of service: " + test.failures.size());
            }
            // The log cannot be closed any more.
            Runtime.getRuntime().halt(0);
        }
    }
}

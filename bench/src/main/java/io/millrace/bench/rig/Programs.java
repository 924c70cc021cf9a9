package io.millrace.bench.rig;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that are installed here. */
final class Programs {
    /** Where servers are installed, which is not on the path of every user. */
    private static final List<String> FOR_SERVERS = List.of("/usr/local/sbin", "/usr/sbin");

    private Programs() {}

    /** Where a program is, by the PATH first. */
    static Optional<Path> find(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Stream.of(path.split(File.pathSeparator)), FOR_SERVERS.stream())
                .filter(dir -> !dir.isEmpty())
                .map(dir -> Path.of(dir, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Where a program is that was seen to be here. */
    static Path require(String name) {
        return find(name).orElseThrow(() -> new IllegalStateException("There is no " + name + " on the PATH any more"));
    }

    /** A sentence on a program that is not here; empty if it is. */
    static Optional<String> missing(String name, String broker, String debianPackage) {
        return find(name).isPresent()
                ? Optional.empty()
                : Optional.of(broker + " is left out: there is no " + name
                        + " on the PATH; install it (Debian: apt-get install " + debianPackage
                        + ") to have it measured.");
    }

    /** The only line that a program prints. */
    static String line(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var lines = process.inputReader()) {
            return Optional.ofNullable(lines.readLine()).orElse("");
        }
    }
}

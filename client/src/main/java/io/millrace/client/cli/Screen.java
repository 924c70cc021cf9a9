package io.millrace.client.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a tool reads and prints, and what for: a person at a terminal, or a program at the end of a pipe. A test passes one
 * of its own.
 *
 * @param in what is typed or piped in
 * @param out what the tool is asked for; buffered, so it is flushed when somebody may be waiting
 * @param err what else there is to say
 * @param columns how wide the terminal is; 0 if {@code out} is none
 * @param prompting whether {@code in} is a person at a terminal
 */
public record Screen(InputStream in, PrintStream out, PrintStream err, int columns, boolean prompting) {
    private static final int BUFFER_BYTES = 32 << 10;

    /** The colours used here, with what switches each on. */
    enum Style {
        BOLD("\u001b[1m"),
        RED("\u001b[31m"),
        GREEN("\u001b[32m"),
        YELLOW("\u001b[33m"),
        FAINT("\u001b[2m");

        private final String on;

        Style(String on) {
            this.on = on;
        }
    }

    /**
     * That of this process. The start script knows what the streams are, and says so in {@code millrace.columns} and
     * {@code millrace.prompting}; the JVM only knows whether all of them are a terminal.
     */
    public static Screen ofProcess() {
        return new Screen(
                new FileInputStream(FileDescriptor.in),
                new PrintStream(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_BYTES),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Integer.getInteger("millrace.columns", 0),
                Boolean.getBoolean("millrace.prompting"));
    }

    /** Whether a person looks at the output. */
    public boolean isTerminal() {
        return columns > 0;
    }

    /** The text in a colour, on a terminal whose owner has not set NO_COLOR. */
    String styled(Style style, String text) {
        return isTerminal() && System.getenv("NO_COLOR") == null ? style.on + text + "\u001b[0m" : text;
    }

    /** A line that ends as Kafka's do, on every system. */
    void line(String text) {
        out.print(text);
        out.print('\n');
    }

    /** A line for the person, not for the program behind the pipe. */
    public void note(String text) {
        out.flush();
        err.print(text + "\n");
        err.flush();
    }
}

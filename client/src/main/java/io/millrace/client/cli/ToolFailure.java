package io.millrace.client.cli;

/** Ends a tool with exit code 1 and a sentence that says what is wrong and what to do. */
public final class ToolFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ToolFailure(String message) {
        super(message);
    }
}

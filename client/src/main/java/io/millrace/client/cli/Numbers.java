package io.millrace.client.cli;

/** Numbers inside of what options say. */
final class Numbers {
    private Numbers() {}

    /** @throws ToolFailure naming what should have been a number */
    static int integer(String text, String what) {
        long number = whole(text, what);
        if (number != (int) number) {
            throw new ToolFailure("'" + text + "' is no " + what + ": it is too large");
        }
        return (int) number;
    }

    /** @throws ToolFailure naming what should have been a number */
    static long whole(String text, String what) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ToolFailure("'" + text + "' is no " + what + ": it must be a whole number");
        }
    }
}

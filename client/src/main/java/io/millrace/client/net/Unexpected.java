package io.millrace.client.net;

import java.util.concurrent.RejectedExecutionException;

/** Says what to make of a failure that nobody has foreseen, for those who only see its message. */
public final class Unexpected {
    private Unexpected() {}

    /** A sentence with what a report needs: what it was, and where in our code it came up. */
    public static String sentence(Throwable failure) {
        if (failure instanceof RejectedExecutionException) {
            return "The client was closed before it was done";
        }
        String message = failure.getMessage();
        return "This failed by a mistake in the program, which is worth a report: "
                + failure.getClass().getSimpleName() + (message == null ? "" : " (" + message + ")") + place(failure);
    }

    private static String place(Throwable failure) {
        for (StackTraceElement frame : failure.getStackTrace()) {
            if (frame.getClassName().startsWith("io.millrace.")) {
                return " at " + frame.getClassName() + "." + frame.getMethodName() + ":" + frame.getLineNumber();
            }
        }
        return "";
    }
}

package io.millrace.broker.controller;

import io.millrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * How an administrative request ended.
 *
 * @param code NONE if it succeeded
 * @param message a sentence for the person who asked, or null where the code says it all
 */
public record ApiError(ErrorCode code, @Nullable String message) {
    public static final ApiError NONE = new ApiError(ErrorCode.NONE, null);

    public boolean failed() {
        return code != ErrorCode.NONE;
    }
}

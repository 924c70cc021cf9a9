package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;

/** A request or a response: everything of a frame that follows the header. */
public interface Message extends Struct {

    /** The API it belongs to. */
    ApiKey apiKey();
}

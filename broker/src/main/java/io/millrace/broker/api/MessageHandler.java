package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import java.util.function.Supplier;

/**
 * A handler whose request is decoded into a message, which is all of them but Produce and Fetch.
 *
 * @param <Q> the request
 */
public abstract class MessageHandler<Q extends Message> implements ApiHandler {
    private final ApiKey apiKey;
    private final Supplier<Q> newRequest;

    protected MessageHandler(ApiKey apiKey, Supplier<Q> newRequest) {
        this.apiKey = apiKey;
        this.newRequest = newRequest;
    }

    @Override
    public final ApiKey apiKey() {
        return apiKey;
    }

    @Override
    public final void handle(RequestContext context) {
        handle(context.read(newRequest.get()), context);
    }

    /**
     * Takes a decoded request on; the rules of {@link ApiHandler#handle} hold.
     *
     * @param request owned by the handler, with no view of the frame but {@code records} fields
     */
    protected abstract void handle(Q request, RequestContext context);
}

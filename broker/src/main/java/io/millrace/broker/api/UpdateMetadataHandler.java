package io.millrace.broker.api;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.UpdateMetadata;
import java.util.function.Predicate;

/** Takes in what the controller says of brokers and partitions. */
public final class UpdateMetadataHandler extends MessageHandler<UpdateMetadata.Request> {
    private final MetadataCache metadata;
    private final Predicate<String> isForController;

    /** @param isForController whether the controller may speak to this broker at the listener with this name */
    public UpdateMetadataHandler(MetadataCache metadata, Predicate<String> isForController) {
        super(ApiKey.UPDATE_METADATA, UpdateMetadata.Request::new);
        this.metadata = metadata;
        this.isForController = isForController;
    }

    @Override
    protected void handle(UpdateMetadata.Request request, RequestContext context) {
        if (!isForController.test(context.listenerName())) {
            context.closeConnection("UpdateMetadata, which is not for this listener");
            return;
        }
        context.respond(apply(request));
    }

    /** Takes a request on that did not come over a socket. */
    public UpdateMetadata.Response apply(UpdateMetadata.Request request) {
        UpdateMetadata.Response response = new UpdateMetadata.Response();
        response.errorCode = metadata.update(request).code();
        return response;
    }
}

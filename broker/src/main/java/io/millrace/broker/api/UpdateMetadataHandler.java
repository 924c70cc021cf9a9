package io.millrace.broker.api;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.UpdateMetadata;

/** Takes in what the controller says of brokers and partitions. */
public final class UpdateMetadataHandler extends MessageHandler<UpdateMetadata.Request> {
    private final MetadataCache metadata;

    public UpdateMetadataHandler(MetadataCache metadata) {
        super(ApiKey.UPDATE_METADATA, UpdateMetadata.Request::new);
        this.metadata = metadata;
    }

    @Override
    protected void handle(UpdateMetadata.Request request, RequestContext context) {
        context.respond(apply(request));
    }

    /** Takes a request on that did not come over a socket. */
    public UpdateMetadata.Response apply(UpdateMetadata.Request request) {
        UpdateMetadata.Response response = new UpdateMetadata.Response();
        response.errorCode = metadata.update(request).code();
        return response;
    }
}

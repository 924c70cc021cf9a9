package io.millrace.broker.api;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.view.ProduceRequestView;
import io.millrace.protocol.view.ProduceResponseWriter;
import io.millrace.protocol.view.TopicInterner;
import io.millrace.storage.log.AppendInfo;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/** What an event loop uses for one Produce request after another, so that a request costs next to no object. */
final class ProduceScratch {
    private static final FastThreadLocal<ProduceScratch> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected ProduceScratch initialValue() {
            return new ProduceScratch();
        }
    };

    private final ProduceRequestView request = new ProduceRequestView(new TopicInterner());
    private final ProduceResponseWriter writer = new ProduceResponseWriter();
    private final AppendInfo appendInfo = new AppendInfo();
    private ProduceResult result = new ProduceResult();

    private ProduceScratch() {}

    /** What this thread uses. */
    static ProduceScratch ofThisThread() {
        return OF_THREAD.get();
    }

    ProduceRequestView request() {
        return request;
    }

    AppendInfo appendInfo() {
        return appendInfo;
    }

    ProduceResult result() {
        return result;
    }

    /** The result, for a request that is answered later; the next request gets another. */
    ProduceResult handOverResult() {
        ProduceResult handedOver = result;
        result = new ProduceResult();
        return handedOver;
    }

    /** Answers the request that {@link #request} was wrapped around. */
    void respond(RequestContext context, MetadataCache metadata, ProduceResult outcome) {
        LeaderHints hints = new LeaderHints(metadata.snapshot(), context.listenerName());
        writer.measure(context.apiVersion());
        outcome.write(request, writer, hints);
        int size = writer.size();
        ByteBuf buffer = context.newBuffer(size);
        int start = buffer.writerIndex();
        writer.write(buffer.nioBuffer(start, size), context.apiVersion());
        outcome.write(request, writer, hints);
        buffer.writerIndex(start + size);
        context.respond(new ResponseBody(buffer));
    }
}

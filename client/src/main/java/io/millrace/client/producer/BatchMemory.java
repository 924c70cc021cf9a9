package io.millrace.client.producer;

import io.millrace.protocol.record.BatchBuilder;

/** What a batch is made in, which is worth keeping for the next one. */
record BatchMemory(BatchBuilder builder, Completions completions) {}

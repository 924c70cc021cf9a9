/**
 * Threads as the parts of a broker see them: something that runs one task after the other and knows what time it is. A part
 * is given a {@link io.millrace.broker.loop.Loop} and never asks which thread it is: in production each has a
 * {@link io.millrace.broker.loop.LoopThread} of its own, in a simulation all parts of all brokers take turns in one thread
 * on virtual time.
 */
@NullMarked
package io.millrace.broker.loop;

import org.jspecify.annotations.NullMarked;

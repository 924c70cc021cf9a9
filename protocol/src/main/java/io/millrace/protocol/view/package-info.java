/**
 * Produce and Fetch without objects. A request is checked from end to end when it is wrapped and then walked in place;
 * a response is measured, and then written piece by piece around bytes that come from files. The instances are made once
 * and used again for each request of an event loop.
 *
 * <p>What these classes read and write is what {@link io.millrace.protocol.message.Produce} and
 * {@link io.millrace.protocol.message.Fetch} say; the tests hold the two against each other.
 */
@NullMarked
package io.millrace.protocol.view;

import org.jspecify.annotations.NullMarked;

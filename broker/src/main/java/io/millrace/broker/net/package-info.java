/**
 * Connections. {@link io.millrace.broker.net.SocketServer} opens the listeners and runs the event loops. On each connection
 * {@code FrameDecoder} receives a frame into one buffer, {@code RequestDispatcher} reads its header and calls the handler of
 * its API on the same thread, and {@code ResponseSequencer} sends the answers in the order of the requests, in whatever order
 * they come. Whatever a peer can make large is bounded: frames, requests in flight, answers not yet read, connections.
 */
@NullMarked
package io.millrace.broker.net;

import org.jspecify.annotations.NullMarked;

/**
 * Talking to brokers: what producers, consumers, the admin client and the followers of a leader have in common.
 *
 * <p>From the bottom up: {@link io.millrace.client.net.BrokerConnection} is one TCP connection with pipelined requests;
 * {@link io.millrace.client.net.ConnectionPool} keeps one of them to each broker and paces reconnecting;
 * {@link io.millrace.client.net.ClusterView} knows which broker leads which partition and keeps that knowledge fresh;
 * {@link io.millrace.client.net.BrokerClient} ties the three together for whoever wants a cluster and not its parts.
 *
 * <p>Everything asynchronous comes back as a {@link java.util.concurrent.CompletableFuture} completed on an event loop of
 * the {@link io.millrace.client.net.Transport}: what is attached to it must not wait. Every future is completed, whatever
 * happens to the broker, at the latest when its request times out. Every failure is a
 * {@link io.millrace.client.net.ClientException} with one of Kafka's error codes.
 */
@NullMarked
package io.millrace.client.net;

import org.jspecify.annotations.NullMarked;

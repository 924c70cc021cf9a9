package io.millrace.client.net;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * From the name of a host to its addresses, without waiting. The JDK's resolver waits for the name server, so names are looked up on
 * threads of their own: an event loop must not wait, and in the common pool an application that waits there for a client would keep
 * that client from ever connecting. The threads are daemons and end when they have nothing to do.
 */
public final class AddressLookup {
    /** As many names whose server does not answer do not hold up the others. */
    private static final int MAX_THREADS = 8;

    private static final long IDLE_SECONDS = 10;
    private static final ThreadPoolExecutor THREADS = threads();

    private AddressLookup() {}

    private static ThreadPoolExecutor threads() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                MAX_THREADS, MAX_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "address-lookup");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * The addresses of a host, one at least.
     *
     * @param host a name, or an address, which is given back at once
     * @return completed on a thread of the lookup or of the caller, with an {@link UnknownHostException} if there is no such host
     */
    public static CompletableFuture<InetAddress[]> of(String host) {
        CompletableFuture<InetAddress[]> found = new CompletableFuture<>();
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            lookUp(host, found);
        } else {
            THREADS.execute(() -> lookUp(host, found));
        }
        return found;
    }

    private static void lookUp(String host, CompletableFuture<InetAddress[]> found) {
        try {
            found.complete(InetAddress.getAllByName(host));
        } catch (UnknownHostException | RuntimeException e) {
            found.completeExceptionally(e);
        }
    }
}

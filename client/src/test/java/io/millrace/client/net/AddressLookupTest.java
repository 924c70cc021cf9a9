package io.millrace.client.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AddressLookupTest {
    private static final int PATIENCE_SECONDS = 30;

    @Test
    void findsAName() throws Exception {
        assertThat(AddressLookup.of("localhost").get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isNotEmpty()
                .allMatch(InetAddress::isLoopbackAddress);
    }

    @Test
    void givesAnAddressBackAtOnce() {
        assertThat(AddressLookup.of("127.0.0.1")).isCompletedWithValueMatching(found -> found.length == 1);
        assertThat(AddressLookup.of("::1")).isCompletedWithValueMatching(found -> found.length == 1);
    }

    @Test
    void saysWhichHostThereIsNot() {
        // Too long a label for a name server to be asked.
        String host = "x".repeat(64) + ".invalid";
        assertThatThrownBy(() -> AddressLookup.of(host).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .hasCauseInstanceOf(UnknownHostException.class)
                .hasMessageContaining(host);
    }

    /** Whose application has its tasks there wait for a client would wait for ever. */
    @Test
    void doesNotWaitForTheCommonPool() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try {
            for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
                ForkJoinPool.commonPool().submit(() -> end.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            assertThat(AddressLookup.of("localhost").get(PATIENCE_SECONDS / 2, TimeUnit.SECONDS))
                    .isNotEmpty();
        } finally {
            end.countDown();
        }
    }
}

package io.millrace.broker.zk;

/**
 * A broker that is registered now.
 *
 * @param registration what it says of itself
 * @param epoch the transaction that registered it: it grows whenever the broker comes back
 */
public record LiveBroker(BrokerRegistration registration, long epoch) {

    public int id() {
        return registration.id();
    }
}

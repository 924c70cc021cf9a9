/**
 * What administrators ask for about configs, apart from the wire: {@link io.millrace.broker.admin.ConfigDescriber} says what
 * holds and why, {@link io.millrace.broker.admin.ConfigAdmin} changes it in ZooKeeper, and {@link
 * io.millrace.broker.admin.DynamicConfigs} sees the change there, on every broker, and makes it hold. It stands above zk,
 * config and metadata and below the handlers.
 */
@NullMarked
package io.millrace.broker.admin;

import org.jspecify.annotations.NullMarked;

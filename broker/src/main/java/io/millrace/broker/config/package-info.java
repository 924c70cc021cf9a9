/**
 * What can be configured, and the configuration a broker was started with.
 *
 * <p>Every key is defined once, in the {@code *Settings} class of its room, by a line that gives its name, type, default,
 * range, dynamic mode and meaning; {@link io.millrace.broker.config.Settings} lists them all. Names, defaults and ranges
 * are Kafka's. On the way to a running broker:
 *
 * <ol>
 *   <li>{@link io.millrace.broker.config.ConfigSource} reads the file and the overrides of the command line into text;
 *   <li>{@link io.millrace.broker.config.SettingValues} parses each value by its definition and refuses a bad one by a
 *       {@link io.millrace.broker.config.ConfigException} that names key, value and rule; keys nobody defined are
 *       collected by {@link io.millrace.broker.config.UnknownKeys}, which looks for the key that was meant;
 *   <li>{@link io.millrace.broker.config.BrokerConfig#parse} turns the values into the immutable record each room asks for and
 *       checks what no single key can decide.
 * </ol>
 *
 * <p>The rooms see their records only. The definitions themselves are read by the answer to DescribeConfigs and by
 * {@link io.millrace.broker.config.ConfigurationPage}, which prints the reference page.
 */
@NullMarked
package io.millrace.broker.config;

import org.jspecify.annotations.NullMarked;

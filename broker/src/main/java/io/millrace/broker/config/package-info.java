/**
 * The configuration of a broker: immutable records that refuse bad values when they are made, naming key, value and rule.
 */
@NullMarked
package io.millrace.broker.config;

import org.jspecify.annotations.NullMarked;

/**
 * The answers to requests: a handler an API, and the registry from which the answer to ApiVersions is derived.
 */
@NullMarked
package io.millrace.broker.api;

import org.jspecify.annotations.NullMarked;

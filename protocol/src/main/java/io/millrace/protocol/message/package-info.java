/** One class an API, with its request and its response. A message names each field once, in its {@code wire} method. */
@NullMarked
package io.millrace.protocol.message;

import org.jspecify.annotations.NullMarked;

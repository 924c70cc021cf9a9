/** What is common to all messages: the APIs with their versions, error codes, ids and the two headers. */
@NullMarked
package io.millrace.protocol;

import org.jspecify.annotations.NullMarked;

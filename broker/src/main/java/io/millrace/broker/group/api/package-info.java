/**
 * The handlers of the group coordinator's APIs: each maps the versions of its request onto the one shape that
 * {@link io.millrace.broker.group.GroupCoordinator} takes, and the answer back, and looks up topics, which the coordinator
 * knows by name only. They stand here and not beside the other handlers, so that everything about groups lies in one place and
 * nothing outside has to know the coordinator.
 */
@NullMarked
package io.millrace.broker.group.api;

import org.jspecify.annotations.NullMarked;

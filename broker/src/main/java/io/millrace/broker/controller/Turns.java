package io.millrace.broker.controller;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The way of requests to the controller's thread. */
interface Turns {

    /**
     * Runs a task there, with the active controller or, if this broker is none, with null.
     *
     * @return the outcome; exceptionally if the task failed
     */
    <T> CompletableFuture<T> inTurn(String name, Function<@Nullable ActiveController, T> task);
}

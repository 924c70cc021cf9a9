package io.millrace.broker.controller;

/**
 * Something the controller's thread has to deal with.
 *
 * @param name what it is, for the log
 * @param action what to do about it
 */
record ControllerEvent(String name, Runnable action) {}

package io.pushrod.server.run;

/// A request on its way to one worker.
///
/// @param lease names this offer; random, at least 1, never given twice
/// @param attempt 1 for the first offer of the request
/// @param leaseMillis how long it may go without a renewal
public record Offer(long lease, int attempt, int leaseMillis, Request request) {}

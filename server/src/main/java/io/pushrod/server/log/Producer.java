package io.pushrod.server.log;

/// Who publishes under sequences of its own.
///
/// @param id unique in its tenant
/// @param epoch incarnation; a higher one fences the lower ones
public record Producer(String id, long epoch) {}

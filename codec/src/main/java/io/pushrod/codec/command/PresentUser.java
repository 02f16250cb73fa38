package io.pushrod.codec.command;

import org.jspecify.annotations.Nullable;

/// A user who is on a topic.
///
/// @param connections of the user that read it; 0 while the user may still come back in time
/// @param sinceMillis when the user came, since the epoch
/// @param state what the user says of itself, as a JSON object; null when nothing
public record PresentUser(String user, int connections, long sinceMillis, @Nullable String state) {}

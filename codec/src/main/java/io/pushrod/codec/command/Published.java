package io.pushrod.codec.command;

import io.pushrod.codec.Cursor;

/// What became of a publication in one of its topics.
///
/// @param cursor epoch and sequence 0 for a signal, which is not stored and has no id
public record Published(String topic, Cursor cursor) {}

package io.pushrod.codec.command;

import io.pushrod.codec.Cursor;

/// What became of a publication in one of its topics.
public record Published(String topic, Cursor cursor) {}

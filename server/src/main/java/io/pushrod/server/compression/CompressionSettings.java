package io.pushrod.server.compression;

/// What is compressed, and how much.
///
/// @param websocket whether WebSockets may agree to permessage-deflate
/// @param sse whether event streams may be gzip
/// @param level 1 (fast) to 9 (small)
/// @param minBytes events with less JSON stay as they are
public record CompressionSettings(boolean websocket, boolean sse, int level, int minBytes) {}

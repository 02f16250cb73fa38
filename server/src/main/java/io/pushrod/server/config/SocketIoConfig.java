package io.pushrod.server.config;

import org.jspecify.annotations.Nullable;

/// Socket.IO 5 over Engine.IO 4.
///
/// @param path where clients of the library look for it; null when it is not served
/// @param maxPayloadBytes of one message, or one body of a polling client
/// @param pollPackets the most packets that one poll is answered with
/// @param sessions the most at a time
/// @param attachments the most of one packet
/// @param attachmentBytes the most that those of one packet may have together
/// @param recovery for how long, and how many, lost sockets are kept
public record SocketIoConfig(
    @Nullable String path,
    long pingIntervalNanos,
    long pingTimeoutNanos,
    long connectTimeoutNanos,
    long upgradeTimeoutNanos,
    int maxPayloadBytes,
    int pollPackets,
    int sessions,
    int attachments,
    int attachmentBytes,
    Recovery recovery) {
  /// @param timeMillis 0 for never
  public record Recovery(long timeMillis, int sockets) {}

  static SocketIoConfig read(Settings settings) {
    String path = settings.nullableText("socketio.path", "/socket.io/");
    settings.check(
        path == null || (path.startsWith("/") && path.length() > 1 && !path.contains("{")),
        "socketio.path",
        "a path such as /socket.io/, or null");
    return new SocketIoConfig(
        path,
        settings.nanos("socketio.ping_interval", "25s", "100ms", "1h"),
        settings.nanos("socketio.ping_timeout", "20s", "100ms", "1h"),
        settings.nanos("socketio.connect_timeout", "45s", "100ms", "10m"),
        settings.nanos("socketio.upgrade_timeout", "10s", "100ms", "10m"),
        settings.bytes("socketio.max_payload", "1MiB", "1KiB", "256MiB"),
        settings.integer("socketio.poll_packets", "16", 1, 100_000),
        settings.integer("socketio.sessions", "100000", 1, 10_000_000),
        settings.integer("socketio.attachments", "10", 1, 1_000),
        settings.bytes("socketio.attachment_bytes", "4MiB", "1KiB", "256MiB"),
        new Recovery(
            settings.millis("socketio.recovery.time", "2m", "0ms", "1h"),
            settings.integer("socketio.recovery.sockets", "10000", 1, 10_000_000)));
  }
}

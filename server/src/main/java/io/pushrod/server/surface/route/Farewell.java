package io.pushrod.server.surface.route;

import org.jspecify.annotations.Nullable;

/// How a connection ends in a dialect's words.
///
/// @param json the last frame before the end; null for none
/// @param name of that frame, where a transport names frames
/// @param code of the WebSocket close frame
/// @param text of the WebSocket close frame, at most 123 bytes
public record Farewell(@Nullable String json, String name, int code, String text) {
  /// Ends without a last frame.
  public static Farewell of(int code, String text) {
    return new Farewell(null, "error", code, text);
  }

  /// Ends with an error frame.
  public static Farewell of(String json, int code, String text) {
    return new Farewell(json, "error", code, text);
  }
}

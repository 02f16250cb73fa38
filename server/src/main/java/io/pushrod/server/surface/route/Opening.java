package io.pushrod.server.surface.route;

import io.pushrod.server.http.Exchange;
import io.pushrod.server.surface.NativeConnection;
import io.pushrod.server.surface.TopicPlaces;

/// What a transport opens a connection of a surface with; not kept with the connection, as it holds
/// the request.
///
/// @param places those of all rows
public record Opening(
    Row row, Dialect dialect, SurfaceServices services, TopicPlaces places, Exchange exchange) {
  /// Begins the talk of the connection that was opened.
  public Talk talk(NativeConnection connection, Voice voice) {
    return new Talk(this, connection, voice);
  }
}

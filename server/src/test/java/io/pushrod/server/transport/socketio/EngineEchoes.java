package io.pushrod.server.transport.socketio;

import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.surface.NativeSurface;

/// Engine.IO whose every message comes back.
public final class EngineEchoes {
  private EngineEchoes() {}

  public static void addTo(
      Router router, String path, Hub hub, NativeSurface surface, EngineSettings settings) {
    new EngineEndpoint(
            hub,
            surface,
            settings,
            new EngineSession.Opener() {
              @Override
              public EngineHandler open(EngineSession session) {
                return new EngineEcho(session);
              }

              @Override
              public long settleNanos() {
                return 0;
              }
            })
        .addTo(router, path);
  }
}

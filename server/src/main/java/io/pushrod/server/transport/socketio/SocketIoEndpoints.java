package io.pushrod.server.transport.socketio;

import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.socketio.SocketIoApp;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Serves Socket.IO clients at one path.
///
/// **Thread:** any.
public final class SocketIoEndpoints {
  private final NativeSurface surface;
  private final SocketIoSettings settings;
  private final Map<String, SocketIoApp> apps;
  private final EngineEndpoint engine;
  private final LostSockets lost;
  private final List<SocketFormats> formats;
  private final long heartbeatNanos;
  private final SecureRandom random = new SecureRandom();

  /// @param apps by namespace; any other is refused
  public SocketIoEndpoints(
      Hub hub,
      NativeSurface surface,
      EngineSettings engineSettings,
      SocketIoSettings settings,
      Map<String, SocketIoApp> apps) {
    this.surface = surface;
    this.settings = settings;
    this.apps = Map.copyOf(apps);
    this.lost = new LostSockets(settings.recoverySockets());
    this.formats = Stream.generate(SocketFormats::new).limit(hub.shards().size()).toList();
    this.heartbeatNanos = engineSettings.pingIntervalNanos();
    this.engine = new EngineEndpoint(hub, surface, engineSettings, new Opener());
  }

  /// @param path with or without a slash at its end; it is served both ways
  public void addTo(Router router, String path) {
    engine.addTo(router, path);
  }

  private final class Opener implements EngineSession.Opener {
    @Override
    public EngineHandler open(EngineSession session) {
      return new SocketIoClient(SocketIoEndpoints.this, session);
    }

    @Override
    public long settleNanos() {
      return settings.connectTimeoutNanos();
    }
  }

  NativeSurface surface() {
    return surface;
  }

  SocketIoSettings settings() {
    return settings;
  }

  @Nullable SocketIoApp app(String namespace) {
    return apps.get(namespace);
  }

  LostSockets lost() {
    return lost;
  }

  SocketFormats formats(Shard of) {
    return formats.get(of.index());
  }

  long heartbeatNanos() {
    return heartbeatNanos;
  }

  String newId() {
    return RandomId.of(random);
  }
}

package io.pushrod.server;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.SocketIoConfig;
import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.run.Desks;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.storage.RecordTable.Tables;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.DeclarationIntake;
import io.pushrod.server.surface.HistoryEndpoint;
import io.pushrod.server.surface.MessageEndpoint;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.PresenceEndpoint;
import io.pushrod.server.surface.PublicationIntake;
import io.pushrod.server.surface.PublishEndpoint;
import io.pushrod.server.surface.ReadersEndpoint;
import io.pushrod.server.surface.SurfaceSettings;
import io.pushrod.server.surface.argos.ArgosDialect;
import io.pushrod.server.surface.asset.ArtifactEvents;
import io.pushrod.server.surface.asset.DownloadEndpoints;
import io.pushrod.server.surface.asset.UploadEndpoints;
import io.pushrod.server.surface.ciris.CirisDialect;
import io.pushrod.server.surface.kdcube.KdcubeDialect;
import io.pushrod.server.surface.northstar.Equipment;
import io.pushrod.server.surface.northstar.NorthstarDialect;
import io.pushrod.server.surface.route.Dialect;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.SurfaceServices;
import io.pushrod.server.surface.route.Surfaces;
import io.pushrod.server.surface.runs.DockrionDialect;
import io.pushrod.server.surface.runs.RunsElsewhere;
import io.pushrod.server.surface.socketio.NativeApp;
import io.pushrod.server.surface.socketio.SocketIoApp;
import io.pushrod.server.transport.socketio.EngineSettings;
import io.pushrod.server.transport.socketio.SocketIoEndpoints;
import io.pushrod.server.transport.socketio.SocketIoSettings;
import io.pushrod.server.transport.sse.RunSse;
import io.pushrod.server.transport.sse.SseEndpoints;
import io.pushrod.server.transport.sse.SseSettings;
import io.pushrod.server.transport.sse.SurfaceSse;
import io.pushrod.server.transport.websocket.RunWebSocket;
import io.pushrod.server.transport.websocket.SurfaceWebSocket;
import io.pushrod.server.transport.websocket.WebSocketEndpoint;
import io.pushrod.server.transport.websocket.WebSocketSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What the public port serves: the native interface, runs, and what services send over HTTP.
final class PublicRoutes {
  private PublicRoutes() {}

  static Router of(
      ServerConfig config,
      Hub hub,
      Access access,
      EventTypes types,
      EventSchemas schemas,
      Readership readership,
      Quotas quotas,
      Desks desks,
      Assets assets,
      RunsElsewhere elsewhere,
      Compression compression,
      Guards guards,
      Tables tables) {
    ServerConfig.Limits limits = config.limits();
    ServerConfig.Heartbeat heartbeat = config.heartbeat();
    SurfaceSettings settings =
        new SurfaceSettings(
            limits.subscriptionsPerConnection(),
            limits.clientFrameBytes(),
            limits.historyPageEvents(),
            config.timeouts().handshakeNanos(),
            config.auth().expiryWarningMillis());
    WebSocketSettings webSocket =
        new WebSocketSettings(
            limits.clientFrameBytes(),
            limits.clientFragments(),
            heartbeat.wsPingNanos(),
            heartbeat.wsMissedPongs());
    SseSettings sse = new SseSettings(heartbeat.sseCommentNanos(), config.sse().retryMillis());
    DeclarationIntake declarations = new DeclarationIntake(types, readership);
    PublicationIntake intake =
        new PublicationIntake(types, declarations, desks::judge, schemas, limits.eventBytes());
    NativeSurface surface = new NativeSurface(access, intake, settings, quotas, desks);

    Router router = new Router(TimeUnit.MILLISECONDS.toSeconds(config.http().corsMaxAgeMillis()));
    router.add(
        HttpMethod.GET,
        "/v1/ws",
        new WebSocketEndpoint(hub, access, surface, webSocket, compression));
    new SseEndpoints(hub, access, surface, sse, compression).addTo(router);
    router.add(
        HttpMethod.POST, "/v1/publish", new PublishEndpoint(hub, access, intake, quotas.rates()));
    router.add(
        HttpMethod.GET, "/v1/topics/{topic...}/events", new HistoryEndpoint(hub, access, settings));
    router.add(HttpMethod.GET, "/v1/topics/{topic...}/presence", new PresenceEndpoint(hub, access));
    router.add(
        HttpMethod.POST, "/v1/topics/{topic...}/messages", new MessageEndpoint(hub, access, desks));
    new ReadersEndpoint(hub, access, declarations, limits.eventBytes()).addTo(router);
    SurfaceServices services =
        new SurfaceServices(hub, access, new Doorkeeper(access), surface, intake, quotas, desks);
    Dialect dockrion =
        new DockrionDialect(
            services,
            config.runs().defaultAgent(),
            config.streaming().asyncRuns(),
            elsewhere,
            new RunSse(hub, surface, sse, compression),
            new RunWebSocket(hub, surface, webSocket, compression));
    try {
      Surfaces surfaces =
          new Surfaces(
              List.of(
                  dockrion,
                  new ArgosDialect(),
                  new CirisDialect(),
                  new KdcubeDialect(
                      config.surfaces().rows(),
                      hub,
                      quotas.sockets(),
                      assets,
                      TimeUnit.MILLISECONDS.toNanos(config.assets().uploadTimeMillis()),
                      tables),
                  northstar(config, services, types, guards)),
              services,
              Map.of(
                  SurfaceConfig.Transport.WEBSOCKET,
                  new SurfaceWebSocket(hub, surface, webSocket, compression),
                  SurfaceConfig.Transport.SSE,
                  new SurfaceSse(hub, surface, sse, compression)));
      surfaces.addTo(router, config.surfaces().rows());
      Map<String, SocketIoApp> apps = new HashMap<>(surfaces.apps(config.surfaces().rows()));
      apps.put("/v1", new NativeApp(access, surface));
      addSocketIo(router, config, hub, surface, apps);
      addAssets(router, config, hub, access, types, desks, assets);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
    return router;
  }

  private static Dialect northstar(
      ServerConfig config, SurfaceServices services, EventTypes types, Guards guards) {
    Equipment equipment =
        new Equipment(
            services,
            guards.switches(),
            guards.board(),
            types,
            services.hub().shards().getFirst().clock(),
            config.env(),
            guards.list());
    try {
      return new NorthstarDialect(equipment, config.surfaces().rows());
    } catch (IllegalArgumentException e) {
      throw new ConfigException("surfaces: " + e.getMessage());
    }
  }

  private static void addSocketIo(
      Router router,
      ServerConfig config,
      Hub hub,
      NativeSurface surface,
      Map<String, SocketIoApp> apps) {
    SocketIoConfig of = config.socketio();
    String path = of.path();
    if (path == null) {
      return;
    }
    new SocketIoEndpoints(
            hub,
            surface,
            new EngineSettings(
                of.pingIntervalNanos(),
                of.pingTimeoutNanos(),
                of.upgradeTimeoutNanos(),
                of.maxPayloadBytes(),
                of.pollPackets(),
                of.sessions(),
                config.limits().outboxBytes()),
            new SocketIoSettings(
                of.connectTimeoutNanos(),
                of.attachments(),
                of.attachmentBytes(),
                of.recovery().timeMillis(),
                of.recovery().sockets(),
                config.limits().subscriptionsPerConnection()),
            apps)
        .addTo(router, path);
  }

  private static void addAssets(
      Router router,
      ServerConfig config,
      Hub hub,
      Access access,
      EventTypes types,
      Desks desks,
      Assets assets) {
    ArtifactEvents events = new ArtifactEvents(types, config.limits().eventBytes());
    long uploadNanos = TimeUnit.MILLISECONDS.toNanos(config.assets().uploadTimeMillis());
    new UploadEndpoints(hub, access, desks, assets, events, uploadNanos).addTo(router);
    new DownloadEndpoints(hub, access, desks, assets).addTo(router);
  }
}

package io.pushrod.server.config;

import io.pushrod.codec.EventClass;
import io.pushrod.server.config.ConfigValue.Entries;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All settings of one server, valid and immutable. `config/pushrod.yaml` says what each one means.
///
/// **Thread:** any.
///
/// @param dev development mode: loopback only, any tenant, a secret of its own. Only the command
///   line switches it on, no file does
/// @param env what events carry as `env`
public record ServerConfig(
    boolean dev,
    Path dataDir,
    String env,
    Http http,
    Ingest ingest,
    Admin admin,
    AuthConfig auth,
    Limits limits,
    Quotas quotas,
    Memory memory,
    Retention retention,
    Fold fold,
    Heartbeat heartbeat,
    Timeouts timeouts,
    Sse sse,
    SocketIoConfig socketio,
    Compression compression,
    Tcp tcp,
    Server server,
    Drain drain,
    Events events,
    StreamingConfig streaming,
    StorageConfig storage,
    RunsConfig runs,
    PresenceConfig presence,
    SurfacesConfig surfaces,
    AssetsConfig assets,
    List<RelayConfig> relays,
    Log log) {

  private static final String LOOPBACK = "127.0.0.1";

  /// What holds when nothing is configured.
  ///
  /// @param dev as on the command line
  public static ServerConfig defaults(boolean dev) {
    return load(null, List.of(), dev);
  }

  /// The defaults with some settings on top.
  ///
  /// @param assignments `key=value`
  public static ServerConfig with(boolean dev, String... assignments) {
    return load(null, Arrays.stream(assignments).map(Assignment::parse).toList(), dev);
  }

  /// Lays the sources over each other and reads the result.
  ///
  /// @param file YAML, or null for none
  /// @param assignments later ones win
  /// @throws ConfigException for whatever is wrong with them
  public static ServerConfig load(@Nullable Path file, List<Assignment> assignments, boolean dev) {
    return read(settings(file, assignments), dev);
  }

  static Settings settings(@Nullable Path file, List<Assignment> assignments) {
    Entries root = file == null ? new Entries(new Origin("defaults", 0)) : YamlSource.file(file);
    return overlaid(root, assignments);
  }

  static Settings overlaid(Entries root, List<Assignment> assignments) {
    for (Assignment each : assignments) {
      root.put(each.key(), each.written());
    }
    return new Settings(root);
  }

  static ServerConfig read(Settings settings, boolean dev) {
    Path dataDir = settings.path("data_dir", ".");
    String env = settings.optionalText("env");
    Http http = Http.read(settings, dev);
    Ingest ingest = Ingest.read(settings, dev);
    Admin admin = Admin.read(settings);
    AuthConfig auth = AuthConfig.read(settings);
    ServerConfig config =
        new ServerConfig(
            dev,
            dataDir,
            env != null ? env : dev ? "dev" : "prod",
            http,
            ingest,
            admin,
            auth,
            Limits.read(settings),
            Quotas.read(settings),
            Memory.read(settings),
            Retention.read(settings),
            Fold.read(settings),
            Heartbeat.read(settings),
            Timeouts.read(settings),
            Sse.read(settings),
            SocketIoConfig.read(settings),
            Compression.read(settings),
            Tcp.read(settings),
            Server.read(settings),
            Drain.read(settings),
            Events.read(settings),
            StreamingConfig.read(settings),
            StorageConfig.read(settings, dataDir),
            RunsConfig.read(settings),
            PresenceConfig.read(settings),
            SurfacesConfig.read(settings, auth.carriers(), dev),
            AssetsConfig.read(settings),
            settings.sections("relays").stream().map(RelayConfig::read).toList(),
            Log.read(settings));
    settings.finish();
    config.checkFit(settings);
    return config;
  }

  /// An event or a request that one bound admits must pass all others on its way.
  private void checkFit(Settings settings) {
    String event = "limits.event_bytes";
    settings.check(
        limits.eventBytes <= limits.publishBodyBytes, event, "at most limits.publish_body_bytes");
    settings.check(
        limits.eventBytes <= limits.ingestFrameBytes, event, "at most limits.ingest_frame_bytes");
    settings.check(limits.eventBytes <= retention.bytes, event, "at most retention.bytes");
    settings.check(
        limits.ingestFrameBytes <= limits.ingestWindowBytes,
        "limits.ingest_frame_bytes",
        "at most limits.ingest_window_bytes");
    settings.check(
        retention.lifecycleBytes <= retention.bytes,
        "retention.lifecycle_bytes",
        "at most retention.bytes");
    settings.check(
        runs.inputBytes() <= runs.queueBytes(), "runs.input_bytes", "at most runs.queue_bytes");
    if (dev) {
      settings.check(isLoopback(http.host), "http.host", "a loopback address with --dev");
      settings.check(isLoopback(ingest.host), "ingest.host", "a loopback address with --dev");
      settings.check(isLoopback(admin.host), "admin.host", "a loopback address with --dev");
    }
  }

  static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.equals("[::1]")
        || host.matches("127(\\.[0-9]{1,3}){3}");
  }

  private static String listenHost(Settings settings, String key, boolean dev) {
    String host = settings.optionalText(key);
    return host != null ? host : dev ? LOOPBACK : "0.0.0.0";
  }

  /// @param allowedOrigins `same`, `*` or exact origins such as `https://app.example.com`
  /// @param trustedProxies addresses and networks whose `X-Forwarded-For` is believed
  public record Http(
      String host,
      int port,
      List<String> allowedOrigins,
      long corsMaxAgeMillis,
      List<String> trustedProxies) {

    static Http read(Settings settings, boolean dev) {
      Http http =
          new Http(
              listenHost(settings, "http.host", dev),
              settings.integer("http.port", "8080", 0, 65_535),
              settings.texts("http.allowed_origins", List.of("same")),
              settings.millis("http.cors_max_age", "10m", "0s", "1d"),
              settings.texts("http.trusted_proxies", List.of()));
      settings.check(
          http.allowedOrigins.stream().allMatch(Http::isOrigin),
          "http.allowed_origins",
          "same, \"*\" or origins such as https://app.example.com");
      settings.check(
          http.trustedProxies.stream().allMatch(text -> Network.parse(text) != null),
          "http.trusted_proxies",
          "addresses or networks such as 10.0.0.0/8 or fd00::/8");
      return http;
    }

    private static boolean isOrigin(String text) {
      return text.equals("same")
          || text.equals("*")
          || text.matches("[a-z][a-z0-9+.-]*://[^/?#\\s@]+");
    }
  }

  public record Ingest(String host, int port) {
    static Ingest read(Settings settings, boolean dev) {
      return new Ingest(
          listenHost(settings, "ingest.host", dev),
          settings.integer("ingest.port", "7400", 0, 65_535));
    }
  }

  public record Admin(String host, int port) {
    static Admin read(Settings settings) {
      return new Admin(
          settings.text("admin.host", LOOPBACK), settings.integer("admin.port", "9400", 0, 65_535));
    }
  }

  /// The bounds of everything a peer can make grow.
  public record Limits(
      int eventBytes,
      int clientFrameBytes,
      int clientFragments,
      int outboxBytes,
      int outboxEntries,
      int subscriptionsPerConnection,
      int publishBodyBytes,
      int requestLineBytes,
      int headerBytes,
      int headers,
      int ingestFrameBytes,
      int ingestWindowBytes,
      int ingestWindowEvents,
      int historyPageEvents,
      int inboxEntries,
      int tokenBytes,
      int producersPerTopic,
      int pipelinedRequests) {

    static Limits read(Settings settings) {
      return new Limits(
          settings.bytes("limits.event_bytes", "256KiB", "256", "16MiB"),
          settings.bytes("limits.client_frame_bytes", "64KiB", "256", "16MiB"),
          settings.integer("limits.client_fragments", "1024", 1, 1_048_576),
          settings.bytes("limits.outbox_bytes", "1MiB", "4KiB", "1GiB"),
          settings.integer("limits.outbox_entries", "256", 4, 65_536),
          settings.integer("limits.subscriptions_per_connection", "128", 1, 65_536),
          settings.bytes("limits.publish_body_bytes", "1MiB", "256", "256MiB"),
          settings.bytes("limits.request_line_bytes", "16KiB", "1KiB", "1MiB"),
          settings.bytes("limits.header_bytes", "16KiB", "1KiB", "1MiB"),
          settings.integer("limits.headers", "100", 8, 10_000),
          settings.bytes("limits.ingest_frame_bytes", "1MiB", "1KiB", "64MiB"),
          settings.bytes("limits.ingest_window_bytes", "4MiB", "1KiB", "1GiB"),
          settings.integer("limits.ingest_window_events", "8192", 1, 1_048_576),
          settings.integer("limits.history_page_events", "1000", 1, 100_000),
          settings.integer("limits.inbox_entries", "16384", 16, 1_048_576),
          settings.bytes("limits.token_bytes", "16KiB", "256", "64KiB"),
          settings.integer("limits.producers_per_topic", "64", 1, 65_536),
          settings.integer("limits.pipelined_requests", "16", 1, 1_024));
    }
  }

  /// What all, one tenant, one user and one address may take of the server; 0 is no bound.
  ///
  /// @param connections of clients and publishers, in all
  /// @param connectionsPerAddress where no trusted proxy says otherwise, of one peer's address
  /// @param acceptsPerSecond connections taken from the kernel
  /// @param publishPerSecond events that one tenant may publish, over time
  /// @param publishBurst events that one tenant may publish at once
  public record Quotas(
      int connections,
      int connectionsPerUser,
      int connectionsPerTenant,
      int connectionsPerAddress,
      int acceptsPerSecond,
      int acceptsPerSecondPerAddress,
      int publishPerSecond,
      int publishBurst,
      int topicsPerTenant,
      int killSwitchesPerTenant) {
    private static final int MAX = 1_000_000_000;

    static Quotas read(Settings settings) {
      return new Quotas(
          settings.integer("quotas.connections", "100000", 0, MAX),
          settings.integer("quotas.connections_per_user", "10", 0, MAX),
          settings.integer("quotas.connections_per_tenant", "50000", 0, MAX),
          settings.integer("quotas.connections_per_address", "4096", 0, MAX),
          settings.integer("quotas.accepts_per_second", "5000", 0, MAX),
          settings.integer("quotas.accepts_per_second_per_address", "500", 0, MAX),
          settings.integer("quotas.publish_per_second", "50000", 0, MAX),
          settings.integer("quotas.publish_burst", "100000", 1, MAX),
          settings.integer("quotas.topics_per_tenant", "100000", 0, MAX),
          settings.integer("quotas.kill_switches_per_tenant", "1000", 1, 100_000));
    }
  }

  /// @param budgetBytes what logs and outboxes may take together; 0 for half of the off-heap memory
  ///   that the JVM may use
  public record Memory(long budgetBytes) {
    static Memory read(Settings settings) {
      return new Memory(settings.longBytes("memory.budget", "0", "0", "4096GiB"));
    }
  }

  /// How much of a topic's past is kept; whichever bound is reached first trims.
  ///
  /// @param lifecycleBytes of `bytes`, what only lifecycle events may use
  public record Retention(long bytes, int events, long ageMillis, int lifecycleBytes) {
    static Retention read(Settings settings) {
      return new Retention(
          settings.longBytes("retention.bytes", "4MiB", "4KiB", "64GiB"),
          settings.integer("retention.events", "10000", 1, 1_000_000_000),
          settings.millis("retention.age", "1h", "1s", "365d"),
          settings.bytes("retention.lifecycle_bytes", "64KiB", "1KiB", "16MiB"));
    }
  }

  /// @param thresholdBytes a reader that lacks more than this gets folded events
  public record Fold(int thresholdBytes) {
    static Fold read(Settings settings) {
      return new Fold(settings.bytes("fold.threshold_bytes", "16KiB", "0", "1GiB"));
    }
  }

  public record Heartbeat(
      long wsPingNanos, int wsMissedPongs, long sseCommentNanos, long ingestPingNanos) {
    static Heartbeat read(Settings settings) {
      return new Heartbeat(
          settings.nanos("heartbeat.ws_ping", "30s", "10ms", "1h"),
          settings.integer("heartbeat.ws_missed_pongs", "2", 1, 100),
          settings.nanos("heartbeat.sse_comment", "10s", "10ms", "1h"),
          settings.nanos("heartbeat.ingest_ping", "15s", "10ms", "1h"));
    }
  }

  public record Timeouts(
      long handshakeNanos,
      long headerNanos,
      long bodyNanos,
      long idleNanos,
      long writeProgressNanos) {
    static Timeouts read(Settings settings) {
      return new Timeouts(
          settings.nanos("timeouts.handshake", "10s", "10ms", "10m"),
          settings.nanos("timeouts.header", "10s", "10ms", "10m"),
          settings.nanos("timeouts.body", "30s", "10ms", "1h"),
          settings.nanos("timeouts.idle", "75s", "10ms", "1d"),
          settings.nanos("timeouts.write_progress", "30s", "10ms", "1h"));
    }
  }

  /// @param retryMillis what streams tell clients to wait before they reconnect, before jitter
  public record Sse(long retryMillis) {
    static Sse read(Settings settings) {
      return new Sse(settings.millis("sse.retry", "2s", "1ms", "10m"));
    }
  }

  /// @param websocket whether WebSockets may agree to permessage-deflate
  /// @param sse whether event streams may be gzip
  /// @param level 1 (fast) to 9 (small)
  /// @param minBytes events with less JSON stay as they are
  public record Compression(boolean websocket, boolean sse, int level, int minBytes) {
    static Compression read(Settings settings) {
      return new Compression(
          settings.flag("compression.websocket", true),
          settings.flag("compression.sse", false),
          settings.integer("compression.level", "1", 1, 9),
          settings.bytes("compression.min_bytes", "256", "0", "16MiB"));
    }
  }

  public record Tcp(int notsentLowatBytes) {
    static Tcp read(Settings settings) {
      return new Tcp(settings.bytes("tcp.notsent_lowat", "16KiB", "1KiB", "16MiB"));
    }
  }

  /// How sockets are driven.
  public enum Transport {
    AUTO,
    EPOLL,
    IO_URING,
    NIO
  }

  /// How one event reaches the sockets of many readers.
  public enum Fanout {
    AUTO,
    SEND,
    RING
  }

  /// @param eventLoops 0 for one per core
  public record Server(int eventLoops, Transport transport, Fanout fanout) {
    static Server read(Settings settings) {
      return new Server(
          settings.integer("server.event_loops", "0", 0, 1_024),
          settings.choice("server.transport", Transport.AUTO),
          settings.choice("server.fanout", Fanout.AUTO));
    }
  }

  /// How the server leaves.
  ///
  /// @param delayMillis from the moment it reports itself as not ready until it stops listening
  /// @param windowMillis over which clients are told to go
  /// @param timeoutMillis after which whoever is still there is cut off
  public record Drain(long delayMillis, long windowMillis, long timeoutMillis) {
    static Drain read(Settings settings) {
      return new Drain(
          settings.millis("drain.delay", "0s", "0s", "10m"),
          settings.millis("drain.window", "5s", "0s", "1h"),
          settings.millis("drain.timeout", "30s", "10ms", "2h"));
    }
  }

  /// What is done about an event whose data breaks the schema of its type.
  public enum Validation {
    OFF,
    WARN,
    REJECT
  }

  /// @param classes type name or `prefix*` → class: the catalogue with the configured ones on top
  /// @param schemas the folder with `<type>.json`; null for none
  /// @param validationSteps that one check may take
  public record Events(
      Map<String, EventClass> classes,
      Validation validation,
      @Nullable Path schemas,
      int validationSteps) {
    static Events read(Settings settings) {
      Events events =
          new Events(
              EventTypes.overlaid(settings.map("events.classes")),
              settings.choice("events.validation", Validation.OFF),
              settings.optionalPath("events.schemas"),
              settings.integer("events.validation_steps", "200000", 1_000, 1_000_000_000));
      settings.check(
          events.validation == Validation.OFF || events.schemas != null,
          "events.validation",
          "off without events.schemas");
      return events;
    }
  }

  /// The least important thing that is logged.
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /// How a log line is written.
  public enum Format {
    TEXT,
    JSON
  }

  public record Log(Level level, Format format) {
    static Log read(Settings settings) {
      return new Log(
          settings.choice("log.level", Level.INFO), settings.choice("log.format", Format.TEXT));
    }
  }
}

package io.pushrod.server.config;

import io.pushrod.codec.TypeName;
import io.pushrod.server.config.RelayConfig.Address;
import io.pushrod.server.config.StorageConfig.Backend;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What runs emit, in the keys of Dockrion's `streaming` section. Its durations are whole seconds.
///
/// @param asyncRuns whether there are runs that outlive the request which starts them (`/runs`)
/// @param backend of all topics where `storage.backend` says nothing
public record StreamingConfig(boolean asyncRuns, Backend backend, Events events, Redis redis) {

  static StreamingConfig read(Settings settings) {
    return new StreamingConfig(
        settings.flag("streaming.async_runs", true),
        settings.choice("streaming.backend", Backend.MEMORY),
        Events.read(settings),
        Redis.read(settings));
  }

  /// What `storage.redis` says where it says nothing, as texts for its checks.
  public record Redis(
      @Nullable Address url,
      String streamTtlSeconds,
      String maxEventsPerRun,
      String connectionPoolSize) {
    static Redis read(Settings settings) {
      String url = settings.optionalText("streaming.redis.url");
      return new Redis(
          url == null ? null : new Address(url),
          or(settings, "streaming.redis.stream_ttl_seconds", "86400"),
          or(settings, "streaming.redis.max_events_per_run", "10000"),
          or(settings, "streaming.redis.connection_pool_size", "2"));
    }

    private static String or(Settings settings, String key, String normally) {
      String text = settings.optionalText(key);
      return text == null ? normally : text;
    }
  }

  /// @param allowed what runs may emit besides their lifecycle: one preset (`minimal`, `chat`,
  ///   `debug`, `all`), or names: `token`, `step`, `progress`, `checkpoint`, `heartbeat`, `custom`
  ///   for every custom event, `custom:<name>`. Names of the lifecycle mean nothing
  /// @param heartbeatIntervalSeconds a run in which nothing else happens emits a heartbeat as often
  /// @param maxRunDurationSeconds a run that takes longer is timed out
  public record Events(
      List<String> allowed, int heartbeatIntervalSeconds, int maxRunDurationSeconds) {
    private static final int MAX_NAMES = 64;
    private static final Set<String> PRESETS = Set.of("minimal", "chat", "debug", "all");

    private static final Set<String> NAMES =
        Set.of(
            "token",
            "step",
            "progress",
            "checkpoint",
            "heartbeat",
            "custom",
            "started",
            "complete",
            "error",
            "cancelled");

    private static final String CUSTOM = "custom:";

    static Events read(Settings settings) {
      String key = "streaming.events.allowed";
      List<String> allowed = settings.texts(key, "all");
      settings.check(
          isAllowed(allowed),
          key,
          "minimal, chat, debug or all; or a list of at most 64 of token, step, progress,"
              + " checkpoint, heartbeat, custom and custom:<name>");
      return new Events(
          allowed,
          settings.integer("streaming.events.heartbeat_interval", "15", 1, 300),
          settings.integer("streaming.events.max_run_duration", "3600", 1, 86_400));
    }

    /// Whether this is one preset, or a list of at most 64 names.
    public static boolean isAllowed(List<String> entries) {
      return (entries.size() == 1 && isPreset(entries.getFirst()))
          || (entries.size() <= MAX_NAMES && entries.stream().allMatch(Events::isName));
    }

    public static boolean isPreset(String entry) {
      return PRESETS.contains(entry);
    }

    private static boolean isName(String entry) {
      return NAMES.contains(entry)
          || (entry.startsWith(CUSTOM)
              && entry.length() > CUSTOM.length()
              && TypeName.isValid(entry));
    }
  }
}

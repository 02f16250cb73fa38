package io.pushrod.server.config;

import io.pushrod.codec.OverflowPolicy;
import io.pushrod.server.config.AuthConfig.Carriers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One row of the route table: what is served at one path.
///
/// @param name of the row
/// @param path a template: `/ws/chat/{thread_id}`
/// @param method of requests; GET for streams
/// @param dialect the system whose clients are served
/// @param operation which of the dialect's requests this is; empty for a stream
/// @param topics that are read, or may be; templates with the names of the path's and query's
///   parameters
/// @param snapshot whose latest event comes first; a template, null for none
/// @param filter which event types pass; empty for all
/// @param policy when the reader is too slow
/// @param queueEvents how many events of a topic a reader may be behind before its policy acts; 0:
///   no bound but that of bytes
/// @param queueBytes the same in bytes; 0: `limits.outbox_bytes`
/// @param replay whether a reader without a cursor gets what is stored; else it begins now
/// @param anonymousTenant where those belong who bring no token; null: they are refused
/// @param batchMillis within which events are gathered into one frame, an array; 0: each its own
/// @param idleNanos after this without a message of the client or an event for it, it is closed; 0:
///   never
/// @param connectionsPerTopic of the first of its topics; 0: no bound
/// @param presence whether its readers are present on their topics
/// @param options what the dialect alone understands
public record SurfaceConfig(
    String name,
    Transport transport,
    String method,
    String path,
    String dialect,
    String operation,
    List<Topic> topics,
    @Nullable String snapshot,
    List<String> filter,
    OverflowPolicy policy,
    int queueEvents,
    long queueBytes,
    boolean replay,
    Carriers carriers,
    @Nullable String anonymousTenant,
    Heartbeat heartbeat,
    long batchMillis,
    long idleNanos,
    int connectionsPerTopic,
    boolean presence,
    Map<String, String> options) {

  /// How a path is served.
  public enum Transport {
    WEBSOCKET,
    SSE,
    SOCKETIO,
    HTTP
  }

  /// When a heartbeat is due.
  public enum Rule {
    /// At a fixed interval.
    FIXED,
    /// After as long without a frame to the client.
    SENT,
    /// After as long without a frame from the client.
    RECEIVED
  }

  /// What a heartbeat is.
  public enum Form {
    /// A WebSocket PING, or an SSE comment.
    TRANSPORT,
    /// What the dialect says, too.
    DIALECT
  }

  /// @param nanos 0 for none of its own
  public record Heartbeat(long nanos, Rule rule, Form form) {}

  /// @param name what the dialect calls it; the template itself where it has no name
  /// @param roles any of which lets its bearer read; empty: the grants of the token decide
  public record Topic(String name, String template, List<String> roles) {}

  /// @param carriers what holds where the row says nothing
  /// @param dev whether `dev_tenant` counts
  static SurfaceConfig read(String name, Settings row, Carriers carriers, boolean dev) {
    Transport transport = row.choice("transport", Transport.WEBSOCKET);
    String path = row.text("path", "");
    row.check(
        path.startsWith("/") && path.length() <= 255,
        "path",
        "a path such as /ws/chat/{thread_id}");
    String method = row.text("method", "GET");
    row.check(
        List.of("GET", "POST", "PUT", "DELETE").contains(method),
        "method",
        "GET, POST, PUT or DELETE");
    String dialect = row.text("dialect", "");
    row.check(!dialect.isEmpty(), "dialect", "the name of a dialect");
    SurfaceConfig config =
        new SurfaceConfig(
            name,
            transport,
            method,
            path,
            dialect,
            row.text("operation", "none").equals("none") ? "" : row.text("operation", "none"),
            topics(row),
            row.optionalText("snapshot"),
            row.texts("filter", List.of()),
            row.choice("policy", OverflowPolicy.FOLD),
            row.integer("queue_events", "0", 0, 1_000_000),
            row.longBytes("queue_bytes", "0", "0", "1GiB"),
            row.flag("replay", false),
            new Carriers(
                carrier(row, "carriers.header", carriers.header()),
                carrier(row, "carriers.query", carriers.query()),
                carrier(row, "carriers.cookie", carriers.cookie())),
            anonymousTenant(row, dev),
            new Heartbeat(
                row.nanos("heartbeat", "0s", "0s", "1h"),
                row.choice("heartbeat_rule", Rule.FIXED),
                row.choice("heartbeat_form", Form.TRANSPORT)),
            row.millis("batch", "0ms", "0ms", "10s"),
            row.nanos("idle", "0s", "0s", "1d"),
            row.integer("connections_per_topic", "0", 0, 10_000_000),
            row.flag("presence", false),
            options(row));
    row.check(
        config.batchMillis == 0 || transport == Transport.WEBSOCKET,
        "batch",
        "0ms; only WebSockets gather events");
    row.finish();
    return config;
  }

  private static @Nullable String carrier(Settings row, String key, @Nullable String byDefault) {
    return byDefault == null ? row.optionalText(key) : row.nullableText(key, byDefault);
  }

  private static @Nullable String anonymousTenant(Settings row, boolean dev) {
    String tenant = row.optionalText("anonymous_tenant");
    String inDev = row.optionalText("dev_tenant");
    return tenant == null && dev ? inDev : tenant;
  }

  private static List<Topic> topics(Settings row) {
    List<Topic> topics = new ArrayList<>();
    row.children("topics")
        .forEach(
            (name, topic) -> {
              String template = topic.text("topic", "");
              topic.check(!template.isEmpty(), "topic", "a topic such as thread/{thread_id}");
              topics.add(new Topic(name, template, topic.texts("roles", List.of())));
              topic.finish();
            });
    return List.copyOf(topics);
  }

  private static Map<String, String> options(Settings row) {
    Map<String, String> options = new TreeMap<>();
    row.map("options").forEach((key, value) -> options.put(key, value.text()));
    return Map.copyOf(options);
  }

  /// An option, or what holds where the row says nothing.
  public String option(String key, String byDefault) {
    return options.getOrDefault(key, byDefault);
  }

  /// An option that is a duration, such as `5s`, in nanoseconds.
  ///
  /// @throws IllegalArgumentException for any other text
  public long nanosOption(String key, String byDefault) {
    String text = option(key, byDefault);
    long nanos = Units.parseNanos(text);
    if (nanos < 0) {
      throw new IllegalArgumentException(
          "options." + key + ": " + text + " (expected: a duration such as 5s)");
    }
    return nanos;
  }

  @Override
  public String toString() {
    return "surfaces." + name + " (" + transport.name().toLowerCase(Locale.ROOT) + ' ' + path + ')';
  }
}

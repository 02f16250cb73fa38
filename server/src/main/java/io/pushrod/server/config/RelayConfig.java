package io.pushrod.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One entry of `relays`: a Redis whose channels become topics while somebody reads these.
///
/// @param where file, line and key of the entry, for messages
/// @param tenant whose topics they are
/// @param topic what the topics are called, with the id in braces: `run/{run_id}`
/// @param identity what KDCube's channels begin with
/// @param kdcubeTenant as KDCube's producers call it; null for none
/// @param project as KDCube's producers call it; null for none
/// @param stats whether KDCube's count of connections is written
/// @param lingerMillis how long a channel stays subscribed without readers
/// @param reconcileMillis from one look at what is subscribed to the next
/// @param queueBytes of messages that wait for their topics
/// @param channels that are subscribed at a time
public record RelayConfig(
    String where,
    Kind kind,
    Address url,
    String tenant,
    String topic,
    String identity,
    @Nullable String kdcubeTenant,
    @Nullable String project,
    boolean stats,
    long lingerMillis,
    long reconcileMillis,
    int queueBytes,
    int channels) {

  /// Whose producers publish there.
  public enum Kind {
    KDCUBE("session/{session_id}"),
    DOCKRION("run/{run_id}"),
    NORTHSTAR("thread/{thread_id}");

    private final String topic;

    Kind(String topic) {
      this.topic = topic;
    }

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Where a Redis is; its text, which may hold a password, is to be had only by asking for it.
  public record Address(String url) {
    @Override
    public String toString() {
      return "Address[hidden]";
    }
  }

  private static final Set<String> SCHEMES = Set.of("redis", "rediss");

  static RelayConfig read(Settings settings) {
    Kind kind = settings.optionalChoice("kind", Kind.class);
    settings.check(kind != null, "kind", "one of kdcube, dockrion, northstar");
    Kind known = kind == null ? Kind.KDCUBE : kind;
    boolean isKdcube = known == Kind.KDCUBE;
    RelayConfig read =
        new RelayConfig(
            settings.where(),
            known,
            url(settings),
            required(settings, "tenant", "whose topics they are"),
            settings.text("topic", known.topic),
            isKdcube ? settings.text("identity", "kdcube.relay.chatbot") : "",
            isKdcube ? settings.optionalText("kdcube_tenant") : null,
            isKdcube ? settings.optionalText("project") : null,
            isKdcube && settings.flag("stats", false),
            settings.millis("linger", "5s", "0s", "10m"),
            settings.millis("reconcile", "30s", "100ms", "1h"),
            settings.bytes("queue_bytes", "4MiB", "4KiB", "1GiB"),
            settings.integer("channels", "10000", 1, 1_000_000));
    settings.finish();
    settings.check(
        read.topic.matches("[A-Za-z0-9_.:@/-]*\\{[a-z_]+}[A-Za-z0-9_.:@/-]*"),
        "topic",
        "a topic with one id in braces, such as " + known.topic);
    settings.check(
        !read.stats || (read.kdcubeTenant != null && read.project != null),
        "stats",
        "kdcube_tenant and project beside it");
    return read;
  }

  private static String required(Settings settings, String key, String expected) {
    String text = settings.optionalText(key);
    settings.check(text != null, key, expected);
    return text == null ? "" : text;
  }

  private static Address url(Settings settings) {
    String text = required(settings, "url", "such as redis://127.0.0.1:6379");
    settings.check(isRedis(text), "url", "redis:// or rediss:// with a host");
    return new Address(text);
  }

  private static boolean isRedis(String text) {
    try {
      URI uri = new URI(text);
      return uri.getScheme() != null
          && SCHEMES.contains(uri.getScheme())
          && uri.getHost() != null
          && uri.getRawFragment() == null
          && (uri.getRawPath().isEmpty() || uri.getRawPath().matches("/\\d{0,4}"));
    } catch (URISyntaxException e) {
      return false;
    }
  }
}

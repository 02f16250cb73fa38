package io.pushrod.server.surface.kdcube;

import io.pushrod.server.config.Options;
import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.storage.RecordTable;
import io.pushrod.server.surface.route.TopicTemplate;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the options of all of KDCube's rows say together: sessions and limits are the same
/// whichever row a client comes by.
///
/// @param sessions that are kept
/// @param sessionMillis that a session lives without being asked for
/// @param conversations whose state is kept
/// @param conversationMillis that a conversation's state lives without being asked for
/// @param turnMillis after which a turn that nobody ended no longer keeps its conversation busy
/// @param messageChars of a message's text
/// @param messageBytes of text and attachments together
/// @param imageBytes of one image
/// @param documentBytes of one document
/// @param inbox of workers, with `{conversation_id}` and the like
/// @param bundles that there are; empty for whatever a client names
/// @param rates of each type of user
/// @param roles that make a user more than registered
record KdcubeSettings(
    int sessions,
    long sessionMillis,
    int conversations,
    long conversationMillis,
    long turnMillis,
    int messageChars,
    long messageBytes,
    long imageBytes,
    long documentBytes,
    TopicTemplate inbox,
    Set<String> bundles,
    Map<UserType, SendRate.Limit> rates,
    Map<UserType, Set<String>> roles) {
  private static final int MANY = 100_000_000;
  private static final long GIB = 1L << 30;

  /// Options that hold for the row alone that has them.
  private static final Set<String> OF_A_ROW =
      Set.of(
          "reject_anonymous",
          "id_token",
          "id_header",
          "id_query",
          "id_cookie",
          "tenant",
          "project",
          "connections");

  private static final Set<String> OF_ALL =
      Set.of(
          "sessions",
          "session_life",
          "conversations",
          "conversation_life",
          "turn_life",
          "message_chars",
          "message_bytes",
          "image_bytes",
          "document_bytes",
          "inbox",
          "bundles",
          "rate_anonymous",
          "rate_external",
          "rate_registered",
          "rate_paid",
          "rate_privileged",
          "roles_external",
          "roles_paid",
          "roles_privileged");

  KdcubeSettings {
    bundles = Set.copyOf(bundles);
    rates = Map.copyOf(rates);
    roles = Map.copyOf(roles);
  }

  /// @param rows all of the route table; those of other dialects are left alone
  /// @throws IllegalArgumentException for an option that is none or has no such value
  static KdcubeSettings of(Collection<SurfaceConfig> rows) {
    Options all = together(rows);
    Map<UserType, SendRate.Limit> rates = new EnumMap<>(UserType.class);
    rates.put(UserType.ANONYMOUS, rate(all, "rate_anonymous", "10/120"));
    rates.put(UserType.EXTERNAL, rate(all, "rate_external", "30/600"));
    rates.put(UserType.REGISTERED, rate(all, "rate_registered", "30/600"));
    rates.put(UserType.PAID, rate(all, "rate_paid", "60/2000"));
    rates.put(UserType.PRIVILEGED, rate(all, "rate_privileged", "200/0"));
    Map<UserType, Set<String>> roles = new EnumMap<>(UserType.class);
    roles.put(UserType.EXTERNAL, words(all, "roles_external", "kdcube:role:external"));
    roles.put(UserType.PAID, words(all, "roles_paid", "kdcube:role:paid"));
    roles.put(
        UserType.PRIVILEGED,
        words(all, "roles_privileged", "kdcube:role:super-admin,kdcube:role:admin"));
    return new KdcubeSettings(
        all.whole("sessions", 100_000, 1, MANY),
        all.millis("session_life", "24h"),
        all.whole("conversations", 100_000, 1, MANY),
        all.millis("conversation_life", "30d"),
        all.millis("turn_life", "1h"),
        all.whole("message_chars", 32_000, 1, MANY),
        all.bytes("message_bytes", "25MiB", 1, 4 * GIB),
        all.bytes("image_bytes", "5MiB", 1, 4 * GIB),
        all.bytes("document_bytes", "10MiB", 1, 4 * GIB),
        new TopicTemplate(all.text("inbox", "conversation/{conversation_id}")),
        words(all, "bundles", ""),
        rates,
        roles);
  }

  private static Options together(Collection<SurfaceConfig> rows) {
    Map<String, String> options = new HashMap<>();
    for (SurfaceConfig row : rows) {
      if (row.dialect().equals(KdcubeDialect.NAME)) {
        row.options().forEach((key, value) -> add(options, row, key, value));
      }
    }
    return new Options(options);
  }

  private static void add(
      Map<String, String> options, SurfaceConfig row, String key, String value) {
    if (OF_A_ROW.contains(key)) {
      return;
    }
    if (!OF_ALL.contains(key)) {
      throw new IllegalArgumentException(
          "surfaces."
              + row.name()
              + ".options."
              + key
              + ": unknown (expected: an option of kdcube)");
    }
    String before = options.putIfAbsent(key, value);
    if (before != null && !before.equals(value)) {
      throw new IllegalArgumentException(
          "surfaces."
              + row.name()
              + ".options."
              + key
              + ": "
              + value
              + " (expected: "
              + before
              + ", as in another row of kdcube)");
    }
  }

  private static SendRate.Limit rate(Options all, String key, String byDefault) {
    String text = all.text(key, byDefault);
    String[] parts = text.split("/", -1);
    try {
      if (parts.length == 2) {
        int burst = Integer.parseInt(parts[0]);
        int hourly = Integer.parseInt(parts[1]);
        if (burst >= 0 && burst <= 100_000 && hourly >= 0) {
          return new SendRate.Limit(burst, hourly);
        }
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        "options."
            + key
            + ": "
            + text
            + " (expected: messages in 60 s / in an hour, such as 30/600)");
  }

  private static Set<String> words(Options all, String key, String byDefault) {
    return Set.copyOf(
        List.of(all.text(key, byDefault).split(",", -1)).stream()
            .map(String::strip)
            .filter(word -> !word.isEmpty())
            .toList());
  }

  RecordTable.Settings sessionTable() {
    return new RecordTable.Settings("kdcube-sessions", sessions, sessionMillis);
  }

  RecordTable.Settings conversationTable() {
    return new RecordTable.Settings("kdcube-conversations", conversations, conversationMillis);
  }

  /// One for each session; after an hour no rate knows of a message any more.
  RecordTable.Settings rateTable() {
    return new RecordTable.Settings("kdcube-rates", sessions, SendRate.RECORD_MILLIS);
  }

  /// What a user of these roles is.
  UserType typeOf(Set<String> has) {
    for (UserType type : List.of(UserType.PRIVILEGED, UserType.PAID, UserType.EXTERNAL)) {
      if (has.stream().anyMatch(roles.getOrDefault(type, Set.of())::contains)) {
        return type;
      }
    }
    return UserType.REGISTERED;
  }

  /// Whether a client may name this bundle, or none.
  boolean isBundle(@Nullable String id) {
    return id == null || bundles.isEmpty() || bundles.contains(id);
  }
}

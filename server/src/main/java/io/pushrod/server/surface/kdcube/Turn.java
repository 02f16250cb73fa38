package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.KdcubeEnvelopes;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.surface.kdcube.Submission.Kind;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One message on its way into a conversation.
///
/// @param kind what it is to the conversation, once that is known
/// @param activeTurnId the turn that it continues; null for one of its own
/// @param sequence its number in the conversation
/// @param isFirst whether the conversation begins with it
/// @param attachments JSON array
record Turn(
    Sender sender,
    Submission what,
    Conversations.Key key,
    String turnId,
    String taskId,
    String requestId,
    String eventId,
    String inbox,
    Labels labels,
    String attachments,
    Kind kind,
    @Nullable String activeTurnId,
    int sequence,
    boolean isFirst) {
  private static final int SHOWN_CHARS = 100;

  /// @throws RequestException for an id that cannot be one
  static Turn of(Sender sender, Submission what, String attachments, KdcubeSettings settings) {
    UserSession session = sender.session();
    String known = conversation(session, what);
    String conversation = known == null ? UUID.randomUUID().toString() : known;
    String said = checked("turn_id", what.turnId());
    String inbox = inbox(settings, session, conversation, what);
    String event = what.eventId();
    return new Turn(
        sender,
        what,
        new Conversations.Key(session.tenant(), session.owner(), conversation),
        said == null ? Sender.newTurn() : said,
        UUID.randomUUID().toString(),
        UUID.randomUUID().toString(),
        event == null ? UUID.randomUUID().toString() : event,
        inbox,
        new Labels(
            Carried.firstSaid(what.tenant(), sender.labels().tenant()),
            Carried.firstSaid(what.project(), sender.labels().project())),
        attachments,
        Kind.REGULAR,
        null,
        1,
        what.conversationId() == null && what.isHead());
  }

  /// The conversation that a message is for; null for a new one.
  ///
  /// @throws RequestException for an id that cannot be one
  static @Nullable String conversation(UserSession session, Submission what) {
    String said = checked("conversation_id", what.conversationId());
    return said == null && !what.isHead() ? session.id() : said;
  }

  /// An id goes into the names of topics and onto events.
  private static @Nullable String checked(String name, @Nullable String id) {
    if (id != null && (!TopicName.isValid(id) || id.indexOf('/') >= 0)) {
      throw new RequestException(ErrorCode.BAD_REQUEST, "Invalid " + name);
    }
    return id;
  }

  private static String inbox(
      KdcubeSettings settings, UserSession session, String conversation, Submission what) {
    String inbox =
        settings
            .inbox()
            .expand(
                name ->
                    switch (name) {
                      case "conversation_id" -> conversation;
                      case "session_id" -> session.id();
                      case "bundle_id" -> what.bundleId();
                      default -> null;
                    });
    if (inbox == null) {
      throw new RequestException(ErrorCode.BAD_REQUEST, "Unknown bundle_id");
    }
    return inbox;
  }

  /// By what the conversation knows whose turn it is.
  String claim() {
    return requestId;
  }

  Turn as(Kind now, @Nullable String active, int number) {
    return new Turn(
        sender,
        what,
        key,
        turnId,
        taskId,
        requestId,
        eventId,
        inbox,
        labels,
        attachments,
        now,
        active,
        number,
        isFirst);
  }

  Turn created(boolean now) {
    return new Turn(
        sender,
        what,
        key,
        turnId,
        taskId,
        requestId,
        eventId,
        inbox,
        labels,
        attachments,
        kind,
        activeTurnId,
        sequence,
        now);
  }

  /// What is wrong with the message; null for nothing.
  ///
  /// @param inputBytes what a worker takes
  Outcome.@Nullable Refused judge(KdcubeSettings settings, int inputBytes, ShardMetrics metrics) {
    String text = what.text();
    if (text.isEmpty() && needsText()) {
      return Outcome.Refused.of(400, "missing_message", "Missing \"message\"");
    }
    if (!settings.isBundle(what.bundleId())) {
      return Outcome.Refused.of(
          400, "unknown_bundle", "Unknown bundle_id '" + what.bundleId() + "'");
    }
    int chars = text.codePointCount(0, text.length());
    if (chars > settings.messageChars()) {
      metrics.count(Counter.LIMIT_MESSAGE_CHARS);
      return Outcome.Refused.of(
          400,
          "input_too_long",
          "Input is too long ("
              + chars
              + " characters). Maximum allowed is "
              + settings.messageChars()
              + " characters.");
    }
    if (ByteBufUtil.utf8Bytes(text) > settings.messageBytes()
        || ByteBufUtil.utf8Bytes(payload()) > inputBytes) {
      metrics.count(Counter.LIMIT_MESSAGE_BYTES);
      return Outcome.Refused.of(413, "message_size_limit", "message exceeds total size limit");
    }
    return null;
  }

  /// A steering word may be empty, and a head client may say all by its events and files.
  private boolean needsText() {
    if (what.wish() == Kind.STEER || what.wish() == Kind.EVENT) {
      return false;
    }
    return !what.isHead() || attachments.equals("[]");
  }

  KdcubeEnvelopes envelopes() {
    return sender.envelopes(requestId, labels, key.conversationId(), turnId, what.bundleId());
  }

  /// What it is when nothing else is under way.
  Kind regularKind() {
    return what.wish() == null || what.wish() == Kind.FOLLOWUP ? Kind.REGULAR : what.wish();
  }

  /// What it is to a turn that is under way; null when it has to wait for its end. Clients of the
  /// classic generation say that they continue, others need not.
  @Nullable Kind continuingKind() {
    return what.wish() != null ? what.wish() : what.isHead() ? Kind.FOLLOWUP : null;
  }

  /// The beginning of the text.
  String shownText() {
    String text = what.text();
    if (text.codePointCount(0, text.length()) <= SHOWN_CHARS) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, SHOWN_CHARS)) + "...";
  }

  /// Whoever counts on less comes back sooner.
  int retryAfterSeconds() {
    return switch (sender.session().type()) {
      case ANONYMOUS -> 30;
      case EXTERNAL, REGISTERED -> 45;
      case PAID, PRIVILEGED -> 60;
    };
  }

  private String status() {
    if (!what.hasReaction()) {
      return "external_event_recorded";
    }
    if (activeTurnId == null) {
      return "processing_started";
    }
    return kind == Kind.EVENT ? "external_event_accepted" : kind.label() + "_accepted";
  }

  private String message() {
    if (!what.hasReaction()) {
      return "External event recorded";
    }
    return activeTurnId == null
        ? "Queued; streaming via SSE"
        : "Continuation accepted; available to the active conversation owner";
  }

  /// The members of the answer to its sender.
  String ack() {
    ByteBuf out = Unpooled.buffer(512);
    JsonObjectWriter json = new JsonObjectWriter(out);
    json.text("status", status())
        .text("task_id", taskId)
        .text("session_id", sender.session().id())
        .text("conversation_id", key.conversationId())
        .text("turn_id", turnId);
    orNull(json, "active_turn_id", activeTurnId);
    orNull(json, "target_turn_id", what.targetTurnId());
    orNull(json, "queued_turn_id", activeTurnId == null ? null : turnId);
    json.text("event_id", eventId)
        .number("external_event_sequence", sequence)
        .raw("live_owner_detected", activeTurnId == null ? "null" : "false")
        .bool("conversation_created", isFirst)
        .text("user_type", sender.session().type().label())
        .bool("is_continuation", activeTurnId != null)
        .text("message_kind", kind.label())
        .text("message", message());
    return out.toString(1, out.readableBytes() - 1, UTF_8);
  }

  /// `data` of the event that says that it continues a turn.
  String continuation() {
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter json = new JsonObjectWriter(out).text("message_kind", kind.label());
    orNull(json, "active_turn_id", activeTurnId)
        .text("queued_turn_id", turnId)
        .text("task_id", taskId)
        .text("continuation_message_id", eventId)
        .number("external_event_sequence", sequence)
        .bool("live_owner_detected", false)
        .end();
    return out.toString(UTF_8);
  }

  /// What the worker gets.
  String payload() {
    ByteBuf out = Unpooled.buffer(1024 + what.text().length());
    JsonObjectWriter json =
        new JsonObjectWriter(out)
            .text("task_id", taskId)
            .text("request_id", requestId)
            .text("kind", kind.label())
            .text("session_id", sender.session().id())
            .text("conversation_id", key.conversationId())
            .text("turn_id", turnId);
    orNull(json, "stream_id", sender.streamId());
    orNull(json, "active_turn_id", activeTurnId);
    orNull(json, "target_turn_id", what.targetTurnId());
    orNull(json, "tenant", labels.tenant());
    orNull(json, "project", labels.project());
    orNull(json, "bundle_id", what.bundleId());
    json.name("user");
    user(out);
    orNull(json, "operation", what.operation());
    json.text("message", what.text())
        .raw("chat_history", what.history())
        .raw("payload", what.payload())
        .raw("config", what.config())
        .raw("external_events", what.events())
        .raw("attachments", attachments)
        .end();
    return out.toString(UTF_8);
  }

  private void user(ByteBuf out) {
    UserSession session = sender.session();
    JsonObjectWriter user = new JsonObjectWriter(out).text("user_type", session.type().label());
    orNull(user, "user_id", session.isAnonymous() ? null : session.user());
    orNull(user, "username", session.isAnonymous() ? null : session.user());
    user.text("fingerprint", session.fingerprint());
    user.name("roles");
    Profile.texts(out, session.roles());
    user.raw("permissions", "[]");
    orNull(user, "timezone", sender.timezone());
    orNull(user, "utc_offset_min", sender.utcOffsetMinutes());
    user.end();
  }

  private static JsonObjectWriter orNull(
      JsonObjectWriter json, String name, @Nullable String text) {
    return text == null ? json.raw(name, "null") : json.text(name, text);
  }
}

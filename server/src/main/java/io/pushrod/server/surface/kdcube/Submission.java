package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a client sends to a conversation, in any generation of KDCube's bodies.
///
/// - Classic: `{"message":{"message":"hello",…},"attachment_meta":[…]}`, or with `text` for the
///   inner `message`, which may be an object around a text too; or the inner object alone.
/// - Head: `{"external_events":[…],…}`, or the same inside `message`.
///
/// @param isHead whether it has `external_events`
/// @param text without white space around it; empty for none
/// @param wish what its sender says it is; null when the conversation decides
/// @param hasReaction whether an answer is expected; else it is for the record
/// @param history JSON array
/// @param payload JSON object
/// @param config JSON object
/// @param events JSON array
/// @param operation null for none
/// @param attachments what is said about each attachment, JSON objects
record Submission(
    boolean isHead,
    String text,
    @Nullable Kind wish,
    boolean hasReaction,
    @Nullable String conversationId,
    @Nullable String turnId,
    @Nullable String targetTurnId,
    @Nullable String bundleId,
    @Nullable String tenant,
    @Nullable String project,
    @Nullable String eventId,
    @Nullable String operation,
    String history,
    String payload,
    String config,
    String events,
    List<Attachment> attachments) {
  static final int MAX_ID_CHARS = 255;

  private static final int MAX_NESTING = 4;
  private static final Set<String> PROMPTS =
      Set.of("event.user.prompt", "event.user.followup", "event.user.steer");

  /// What a message is to the conversation.
  enum Kind {
    REGULAR,
    FOLLOWUP,
    STEER,
    EVENT;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
      return label;
    }
  }

  /// What a client says about one attachment.
  ///
  /// @param filename null when it names none
  /// @param json the object
  record Attachment(@Nullable String filename, String json) {}

  Submission {
    attachments = List.copyOf(attachments);
  }

  /// @throws RequestException with the text that KDCube's clients know
  static Submission of(Node body) {
    if (!body.isObject()) {
      throw bad("Invalid JSON body");
    }
    Node message = body.member("message");
    Node fields = message != null && message.isObject() ? message : body;
    Node inside = fields.member("external_events");
    Node beside = body.member("external_events");
    if (inside != null) {
      return head(fields, inside);
    }
    if (beside != null) {
      return head(body, beside);
    }
    Node text = fields.member("message", "text");
    return classic(
        fields, body, textOf(text == null ? fields.member("msg") : text, MAX_NESTING).strip());
  }

  private static String textOf(@Nullable Node node, int depth) {
    if (node == null || depth == 0) {
      return "";
    }
    if (node.isText()) {
      return node.text();
    }
    Node inner = node.member("text", "message");
    return textOf(inner == null ? node.member("msg") : inner, depth - 1);
  }

  private static Submission classic(Node fields, Node body, String text) {
    Node payload = fields.member("payload");
    return new Submission(
        false,
        text,
        wish(fields, payload),
        true,
        fields.text("conversation_id"),
        fields.text("turn_id"),
        target(fields, payload),
        fields.text("bundle_id"),
        tenant(fields),
        fields.text("project"),
        null,
        operation(fields),
        json(fields, "chat_history", "[]"),
        json(fields, "payload", "{}"),
        json(fields, "config", "{}"),
        "[]",
        attachments(body.member("attachment_meta")));
  }

  private static List<Attachment> attachments(@Nullable Node about) {
    List<Attachment> attachments = new ArrayList<>();
    if (about != null) {
      for (Node each : about.elements()) {
        attachments.add(
            each.isObject()
                ? new Attachment(each.text("filename"), each.json())
                : new Attachment(null, "{}"));
      }
    }
    return attachments;
  }

  /// The same with what is said about its attachments in a field of its own; what is no JSON array
  /// says nothing.
  Submission withMeta(String json) {
    List<Attachment> said;
    try {
      said = attachments(Node.parse(json));
    } catch (RequestException e) {
      said = List.of();
    }
    return said.isEmpty()
        ? this
        : new Submission(
            isHead,
            text,
            wish,
            hasReaction,
            conversationId,
            turnId,
            targetTurnId,
            bundleId,
            tenant,
            project,
            eventId,
            operation,
            history,
            payload,
            config,
            events,
            said);
  }

  private static @Nullable Kind wish(Node fields, @Nullable Node payload) {
    for (Node from : payload == null ? List.of(fields) : List.of(fields, payload)) {
      if (isTrue(from, "steer")) {
        return Kind.STEER;
      }
      if (isTrue(from, "followup")) {
        return Kind.FOLLOWUP;
      }
      String said = from.text("message_kind");
      String kind = said == null ? from.text("continuation_kind") : said;
      if (kind != null) {
        switch (kind.toLowerCase(Locale.ROOT)) {
          case "steer" -> {
            return Kind.STEER;
          }
          case "followup" -> {
            return Kind.FOLLOWUP;
          }
          default -> {}
        }
      }
    }
    return null;
  }

  private static boolean isTrue(Node from, String name) {
    Node found = from.member(name);
    return found != null && found.isTrue();
  }

  private static Submission head(Node fields, Node list) {
    List<Node> events = list.elements();
    if (events.isEmpty()) {
      throw bad("missing_external_events");
    }
    String text = "";
    String eventId = null;
    Kind wish = null;
    boolean reaction = false;
    List<Attachment> attachments = new ArrayList<>();
    for (Node event : events) {
      String type = event.text("type");
      String named = type == null ? "" : type;
      eventId = eventId == null ? event.text("event_id") : eventId;
      if (PROMPTS.contains(named)) {
        wish = wish == null ? kind(named) : wish;
        text = text.isEmpty() ? promptOf(event) : text;
        reaction = true;
      } else if (named.startsWith("event.user.attachment")) {
        Node about = bodyOf(event);
        attachments.add(
            about == null || !about.isObject()
                ? new Attachment(null, "{}")
                : new Attachment(about.text("filename"), about.json()));
      }
      reaction |= isTrue(event, "reactive");
    }
    Node payload = fields.member("payload");
    return new Submission(
        true,
        text,
        wish == null ? Kind.EVENT : wish == Kind.REGULAR ? null : wish,
        reaction,
        fields.text("conversation_id"),
        null,
        target(fields, payload),
        fields.text("bundle_id"),
        tenant(fields),
        fields.text("project"),
        eventId,
        operation(fields),
        json(fields, "chat_history", "[]"),
        json(fields, "payload", "{}"),
        json(fields, "config", "{}"),
        list.json(),
        attachments);
  }

  private static Kind kind(String type) {
    return switch (type) {
      case "event.user.steer" -> Kind.STEER;
      case "event.user.followup" -> Kind.FOLLOWUP;
      default -> Kind.REGULAR;
    };
  }

  private static @Nullable Node bodyOf(Node event) {
    Node payload = event.member("payload");
    return payload == null ? null : payload.member("event");
  }

  private static String promptOf(Node event) {
    Node body = bodyOf(event);
    if (body == null || !body.isObject()) {
      return textOf(body, 1).strip();
    }
    Node text = body.member("text", "message");
    return textOf(text == null ? body.member("request") : text, 1).strip();
  }

  private static @Nullable String target(Node fields, @Nullable Node payload) {
    for (Node from : payload == null ? List.of(fields) : List.of(fields, payload)) {
      String target = from.text("target_turn_id");
      String active = target == null ? from.text("active_turn_id") : target;
      if (active != null) {
        return active;
      }
    }
    return null;
  }

  private static @Nullable String tenant(Node fields) {
    String tenant = fields.text("tenant");
    return tenant == null ? fields.text("tenant_id") : tenant;
  }

  private static @Nullable String operation(Node fields) {
    String operation = fields.text("operation");
    return operation == null ? fields.text("command") : operation;
  }

  /// A member that is of the same kind as what stands for its absence.
  private static String json(Node fields, String name, String absent) {
    Node found = fields.member(name);
    boolean fits = found != null && (absent.equals("[]") ? found.isArray() : found.isObject());
    return found != null && fits ? found.json() : absent;
  }

  private static RequestException bad(String detail) {
    return new RequestException(ErrorCode.BAD_REQUEST, detail);
  }
}

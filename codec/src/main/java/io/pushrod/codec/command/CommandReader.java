package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.StartSpelling;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.command.ClientCommand.Auth;
import io.pushrod.codec.command.ClientCommand.Cancel;
import io.pushrod.codec.command.ClientCommand.History;
import io.pushrod.codec.command.ClientCommand.Ping;
import io.pushrod.codec.command.ClientCommand.Presence;
import io.pushrod.codec.command.ClientCommand.Publish;
import io.pushrod.codec.command.ClientCommand.Send;
import io.pushrod.codec.command.ClientCommand.State;
import io.pushrod.codec.command.ClientCommand.Subscribe;
import io.pushrod.codec.command.ClientCommand.Unsubscribe;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes commands of their members.
final class CommandReader {
  private static final int SHOWN_CHARS = 32;

  private CommandReader() {}

  static @Nullable String id(KnownMembers members) {
    if (!members.has("id")) {
      return null;
    }
    boolean string = members.isString("id");
    int chars = string ? members.text("id", ErrorCode.BAD_REQUEST).length() : members.length("id");
    if ((!string && !members.isNumber("id")) || chars > ClientCommand.MAX_ID_CHARS) {
      throw KnownMembers.bad(
          "id",
          string || members.isNumber("id") ? chars + " characters" : "neither",
          "a number or a string of at most " + ClientCommand.MAX_ID_CHARS + " characters");
    }
    return members.raw("id");
  }

  static ClientCommand read(@Nullable String id, KnownMembers members) {
    String op = members.text("op", ErrorCode.BAD_REQUEST);
    return switch (op) {
      case "auth" -> new Auth(id, members.text("token", ErrorCode.BAD_REQUEST));
      case "subscribe" -> subscribe(id, members);
      case "unsubscribe" -> new Unsubscribe(id, topic(members));
      case "publish" -> new Publish(id, PublishRequest.of(members));
      case "history" ->
          new History(
              id,
              topic(members),
              start(members, StartPoint.EARLIEST),
              (int) members.count("limit", Integer.MAX_VALUE));
      case "presence" ->
          new Presence(
              id,
              topic(members),
              members.has("after") ? members.text("after", ErrorCode.BAD_REQUEST) : "",
              (int) members.count("limit", Integer.MAX_VALUE));
      case "state" -> new State(id, topic(members), state(members));
      case "cancel" -> cancel(id, members);
      case "send" -> new Send(id, SendRequest.of(members));
      case "ping" -> new Ping(id);
      default ->
          throw new RequestException(
              ErrorCode.UNKNOWN_OP,
              "op: "
                  + (op.length() > SHOWN_CHARS ? op.substring(0, SHOWN_CHARS) + "…" : op)
                  + " (expected: auth, subscribe, unsubscribe, publish, history, presence, state,"
                  + " cancel, send or ping)");
    };
  }

  private static Subscribe subscribe(@Nullable String id, KnownMembers members) {
    return new Subscribe(
        id,
        topic(members),
        start(members, StartPoint.NOW),
        filter(members),
        members.has("policy")
            ? OverflowPolicy.parse(members.text("policy", ErrorCode.BAD_REQUEST))
            : null,
        members.bool("fold", false));
  }

  private static @Nullable String state(KnownMembers members) {
    if (members.length("state") == 0) {
      throw KnownMembers.bad("state", "missing", "an object, or null");
    }
    if (!members.has("state")) {
      return null;
    }
    if (!members.isObject("state")) {
      throw KnownMembers.bad("state", "not an object", "an object, or null");
    }
    return new String(members.compact("state"), UTF_8);
  }

  private static Cancel cancel(@Nullable String id, KnownMembers members) {
    String run = members.text("run", ErrorCode.BAD_REQUEST);
    if (!TopicName.isValid("run/" + run)) {
      throw KnownMembers.bad("run", "invalid", "the id of a run");
    }
    String reason = members.has("reason") ? members.text("reason", ErrorCode.BAD_REQUEST) : null;
    if (reason != null && reason.length() > ClientCommand.MAX_REASON_CHARS) {
      throw KnownMembers.bad(
          "reason",
          reason.length() + " characters",
          "at most " + ClientCommand.MAX_REASON_CHARS + " characters");
    }
    return new Cancel(
        id, run, how(members), (int) members.count("deadline_ms", Integer.MAX_VALUE), reason);
  }

  private static How how(KnownMembers members) {
    if (!members.has("how")) {
      return How.NOW;
    }
    return switch (members.text("how", ErrorCode.BAD_REQUEST)) {
      case "now" -> How.NOW;
      case "after_node" -> How.AFTER_NODE;
      case "after_turn" -> How.AFTER_TURN;
      default -> throw KnownMembers.bad("how", "unknown", "now, after_node or after_turn");
    };
  }

  private static String topic(KnownMembers members) {
    return TopicName.checked(members.text("topic", ErrorCode.BAD_TOPIC));
  }

  private static List<String> filter(KnownMembers members) {
    if (!members.has("filter")) {
      return List.of();
    }
    return members.isArray("filter")
        ? FilterTerms.checked(members.texts("filter", ErrorCode.BAD_FILTER))
        : FilterTerms.parse(members.text("filter", ErrorCode.BAD_FILTER));
  }

  private static StartPoint start(KnownMembers members, StartPoint missing) {
    StartSpelling found = null;
    for (StartSpelling spelling : StartSpelling.values()) {
      if (members.has(spelling.label())) {
        if (found != null) {
          throw new RequestException(
              ErrorCode.BAD_CURSOR,
              spelling.label() + ": beside " + found.label() + " (expected: one of the two)");
        }
        found = spelling;
      }
    }
    if (found == null) {
      return missing;
    }
    String name = found.label();
    return found.parse(
        members.isNumber(name) ? members.raw(name) : members.text(name, ErrorCode.BAD_CURSOR));
  }
}

package io.pushrod.server.surface.runs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.ClientCommand;
import io.pushrod.codec.command.Replies;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunView;
import io.pushrod.server.surface.NativeConnection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the client of one run's WebSocket may say: `{"op":"cancel"}` with `reason`, `how` and
/// `deadline_ms` as in the native command, and `{"op":"ping"}`. Each gets one ack or error.
///
/// **Thread:** the connection's shard.
public final class ViewerCommands {
  private static final int MAX_REASON_CHARS = 256;
  private static final int MAX_DIGITS = 9;

  private ViewerCommands() {}

  /// Executes one command; the bytes stay the caller's.
  public static void execute(
      RunStream stream, NativeConnection connection, ByteBuf json, int offset, int length) {
    connection.metrics().count(Counter.COMMANDS);
    @Nullable String id = null;
    try {
      Map<String, String> members = members(json, offset, length);
      id = id(members);
      switch (text(members, "op", "")) {
        case "ping" -> {
          ByteBuf out = buffer(connection);
          Replies.ack(out, id);
          connection.reply(200, out);
        }
        case "cancel" -> cancel(stream, connection, id, members);
        default ->
            throw new RequestException(
                ErrorCode.UNKNOWN_OP, "op: not known here (expected: cancel or ping)");
      }
    } catch (RequestException e) {
      refuse(connection, id, e.code(), String.valueOf(e.getMessage()));
    }
  }

  private static void cancel(
      RunStream stream,
      NativeConnection connection,
      @Nullable String id,
      Map<String, String> members) {
    String reason = text(members, "reason", CancelOrder.DEFAULT_REASON);
    if (reason.length() > MAX_REASON_CHARS) {
      throw bad("reason", reason.length() + " characters", "<= " + MAX_REASON_CHARS);
    }
    CancelOrder order =
        new CancelOrder(
            how(text(members, "how", "now")),
            number(members, "deadline_ms"),
            stream.user(),
            reason);
    stream.cancel(order, answer -> answer(connection, id, answer));
  }

  private static void answer(NativeConnection connection, @Nullable String id, RunAnswer answer) {
    switch (answer) {
      case RunAnswer.Refused(ErrorCode code, String message, long _) ->
          refuse(connection, id, code, message);
      case RunAnswer.Done(RunView run, boolean _) -> {
        ByteBuf out = buffer(connection);
        new JsonObjectWriter(out)
            .text("op", "ack")
            .raw("id", id)
            .text("run", run.id())
            .text("status", run.cancelling() ? "cancelling" : run.status().label())
            .end();
        connection.reply(200, out);
      }
    }
  }

  private static void refuse(
      NativeConnection connection, @Nullable String id, ErrorCode code, String message) {
    connection.metrics().count(Counter.COMMAND_ERRORS);
    ByteBuf out = buffer(connection);
    Replies.error(out, id, code, message);
    connection.reply(code.status(), out);
  }

  private static ByteBuf buffer(NativeConnection connection) {
    return connection.channel().alloc().directBuffer(256);
  }

  // Members.

  /// Names with raw values; of two with one name the last one counts, as in browsers.
  private static Map<String, String> members(ByteBuf json, int offset, int length) {
    boolean _ = JsonScanner.check("command", json, offset, length);
    if (!JsonMembers.isObject(json, offset, length)) {
      throw bad("command", "not an object", "an object");
    }
    Map<String, String> all = new HashMap<>();
    JsonMembers members = new JsonMembers().reset(json, offset, length);
    while (members.next()) {
      all.put(
          JsonStrings.decode(json, members.nameOffset() - 1, members.nameLength() + 2),
          json.toString(members.valueOffset(), members.valueLength(), UTF_8));
    }
    return all;
  }

  /// Echoed as it is.
  private static @Nullable String id(Map<String, String> members) {
    String id = members.get("id");
    if (id == null) {
      return null;
    }
    char first = id.charAt(0);
    boolean known = first == '"' || first == '-' || (first >= '0' && first <= '9');
    if (!known || id.length() > ClientCommand.MAX_ID_CHARS + 2) {
      throw bad(
          "id",
          "invalid",
          "a number or a string of at most " + ClientCommand.MAX_ID_CHARS + " characters");
    }
    return id;
  }

  private static String text(Map<String, String> members, String name, String otherwise) {
    String raw = members.get(name);
    if (raw == null) {
      return otherwise;
    }
    if (raw.charAt(0) != '"') {
      throw bad(name, "not a string", "a string");
    }
    ByteBuf bytes = Unpooled.wrappedBuffer(raw.getBytes(UTF_8));
    return JsonStrings.decode(bytes, 0, bytes.readableBytes());
  }

  private static int number(Map<String, String> members, String name) {
    String raw = members.get(name);
    if (raw == null) {
      return 0;
    }
    if (raw.length() > MAX_DIGITS || !raw.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw bad(name, "invalid", "a whole number of at most " + MAX_DIGITS + " digits");
    }
    return Integer.parseInt(raw);
  }

  private static How how(String text) {
    return switch (text) {
      case "now" -> How.NOW;
      case "after_node" -> How.AFTER_NODE;
      case "after_turn" -> How.AFTER_TURN;
      default -> throw bad("how", "not known", "now, after_node or after_turn");
    };
  }

  private static RequestException bad(String name, String value, String expected) {
    return new RequestException(
        ErrorCode.BAD_REQUEST, name + ": " + value + " (expected: " + expected + ")");
  }
}

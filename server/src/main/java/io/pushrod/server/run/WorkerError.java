package io.pushrod.server.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.run.RunView.RunError;

/// What a worker says of a run that failed: `{"code","message","retryable"}`, each of which may be
/// missing.
final class WorkerError {
  private static final int MAX_CODE = 64;
  private static final int MAX_MESSAGE = 4_096;

  private WorkerError() {}

  /// Never fails: what is not of that form is a failure without details.
  static RunError parse(String json) {
    ByteBuf buf = Unpooled.wrappedBuffer(json.getBytes(UTF_8));
    String code = "failed";
    String message = "the worker failed";
    boolean retryable = false;
    if (isObject(buf)) {
      JsonMembers members = new JsonMembers().reset(buf, 0, buf.readableBytes());
      while (members.next()) {
        switch (buf.toString(members.nameOffset(), members.nameLength(), UTF_8)) {
          case "code" -> code = text(buf, members, code, MAX_CODE);
          case "message" -> message = text(buf, members, message, MAX_MESSAGE);
          case "retryable" -> retryable = buf.getByte(members.valueOffset()) == 't';
          default -> {}
        }
      }
    }
    return new RunError(code, message, retryable);
  }

  private static boolean isObject(ByteBuf buf) {
    try {
      if (!buf.isReadable()) {
        return false;
      }
      var _ = JsonScanner.check(buf, 0, buf.readableBytes());
      return JsonMembers.isObject(buf, 0, buf.readableBytes());
    } catch (RequestException e) {
      return false;
    }
  }

  private static String text(ByteBuf buf, JsonMembers members, String otherwise, int limit) {
    if (buf.getByte(members.valueOffset()) != '"') {
      return otherwise;
    }
    String text = JsonStrings.decode(buf, members.valueOffset(), members.valueLength());
    return text.length() <= limit ? text : text.substring(0, limit);
  }
}

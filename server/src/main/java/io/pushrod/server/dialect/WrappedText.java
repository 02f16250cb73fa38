package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A text that may itself be JSON: how Northstar's services send events through chats that know
/// messages only.
final class WrappedText {
  /// What the server alone says: nobody's text passes for it.
  private static final Set<String> RESERVED =
      Set.of("resume_cursor", NorthstarEvents.PRESENCE, NorthstarEvents.GAP);

  private final NamedMembers members =
      new NamedMembers("type", "kind", "data", "request_id", "action", "result", "gate");
  private ByteBuf json = Unpooled.EMPTY_BUFFER;

  /// @return whether the text is a JSON object
  boolean read(String text) {
    members.forget();
    if (!text.stripLeading().startsWith("{")) {
      return false;
    }
    ByteBuf bytes = Unpooled.wrappedBuffer(text.getBytes(UTF_8));
    try {
      JsonScanner.check(bytes, 0, bytes.readableBytes());
    } catch (RequestException e) {
      return false;
    }
    ByteBuf compact = Unpooled.buffer(bytes.readableBytes());
    JsonScanner.compact(bytes, 0, bytes.readableBytes(), compact);
    read(compact, 0, compact.readableBytes());
    return JsonMembers.isObject(compact, 0, compact.readableBytes());
  }

  /// @param object checked and compact
  void read(ByteBuf object, int offset, int length) {
    json = object.slice(offset, length);
    members.read(json, 0, length);
  }

  /// Whether it has a type that streams can name, and data for it.
  boolean isEvent() {
    String type = members.text("type");
    return type != null
        && TypeName.isValid(type)
        && !RESERVED.contains(type)
        && members.begins("data", '{');
  }

  String type() {
    return String.valueOf(members.text("type"));
  }

  @Nullable String request() {
    return members.text("request_id");
  }

  void appendData(ByteBuf out) {
    members.append("data", out);
  }

  /// What the object is called on a canvas.
  String kind() {
    for (String by : new String[] {"type", "kind"}) {
      String name = members.text(by);
      if (name != null && TypeName.isValid(name)) {
        return name;
      }
    }
    return members.has("action") && members.has("result") && members.has("gate")
        ? "SAFETY_DECISION"
        : "canvas_commit";
  }

  /// The whole object.
  void append(ByteBuf out) {
    out.writeBytes(json, 0, json.readableBytes());
  }
}

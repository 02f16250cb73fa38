package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/// What a client of CIRIS says: `{"type":…,"streams":[…]}`, `{"action":…,"channels":[…]}` or any
/// mixture. Names are taken from a list of texts or from the members of an object; anything else
/// about them, such as filters, has no effect.
///
/// @param verb the `action`, or else the `type`; empty when there is none
/// @param names of streams or channels, each once, in the client's order
public record CirisRequest(String verb, SequencedSet<String> names) {
  /// @throws RequestException `BAD_JSON` or `BAD_REQUEST` for what is no object
  public static CirisRequest parse(ByteBuf buf, int offset, int length) {
    JsonScanner.check("message", buf, offset, length);
    if (!JsonMembers.isObject(buf, offset, length)) {
      throw new RequestException(ErrorCode.BAD_REQUEST, "message: no object (expected: one)");
    }
    String type = "";
    String action = "";
    SequencedSet<String> names = new LinkedHashSet<>();
    JsonMembers members = new JsonMembers().reset(buf, offset, length);
    while (members.next()) {
      int at = members.valueOffset();
      int valueLength = members.valueLength();
      switch (JsonStrings.decode(buf, members.nameOffset() - 1, members.nameLength() + 2)) {
        case "type" -> type = text(buf, at, valueLength);
        case "action" -> action = text(buf, at, valueLength);
        case "streams", "channels" -> addNames(buf, at, valueLength, names);
        default -> {}
      }
    }
    return new CirisRequest(action.isEmpty() ? type : action, names);
  }

  private static String text(ByteBuf buf, int at, int length) {
    return buf.getByte(at) == '"' ? JsonStrings.decode(buf, at, length) : "";
  }

  private static void addNames(ByteBuf buf, int at, int length, SequencedSet<String> names) {
    if (buf.getByte(at) == '[') {
      JsonElements elements = new JsonElements(buf, at, length);
      while (elements.next()) {
        if (buf.getByte(elements.valueOffset()) == '"') {
          names.add(JsonStrings.decode(buf, elements.valueOffset(), elements.valueLength()));
        }
      }
    } else if (buf.getByte(at) == '{') {
      JsonMembers members = new JsonMembers().reset(buf, at, length);
      while (members.next()) {
        names.add(JsonStrings.decode(buf, members.nameOffset() - 1, members.nameLength() + 2));
      }
    }
  }
}

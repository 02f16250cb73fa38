package io.pushrod.codec.command;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.json.JsonObjectWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A message for whoever takes a topic's inbox, as the body of an HTTP request or as a command.
///
/// @param topic whose inbox it is for
/// @param type what kind of message it is, such as `user_message`
/// @param ids those that were given
/// @param data one JSON value without insignificant white space, `{}` when none was given
public record SendRequest(String topic, String type, Map<IdField, String> ids, String data) {
  /// Reads `{"type":…,"data":…, ids…}`, whose topic is said elsewhere; `topic` may repeat it.
  ///
  /// @param topic a valid name
  /// @throws RequestException that says which member is wrong
  public static SendRequest parse(String topic, ByteBuf buf, int offset, int length) {
    KnownMembers members = KnownMembers.read("body", buf, offset, length);
    if (members.has("topic") && !members.text("topic", ErrorCode.BAD_TOPIC).equals(topic)) {
      throw new RequestException(
          ErrorCode.BAD_TOPIC, "topic: not that of the path (expected: the same, or none)");
    }
    return of(topic, members);
  }

  static SendRequest of(KnownMembers members) {
    return of(TopicName.checked(members.text("topic", ErrorCode.BAD_TOPIC)), members);
  }

  private static SendRequest of(String topic, KnownMembers members) {
    return new SendRequest(
        topic,
        TypeName.checked(members.text("type", ErrorCode.BAD_TYPE)),
        PublishRequest.idsOf(members),
        members.length("data") == 0
            ? "{}"
            : new String(members.compact("data"), StandardCharsets.UTF_8));
  }

  /// What the worker gets: `{"type":…,"data":…}`.
  public String payload() {
    ByteBuf out = Unpooled.buffer(data.length() + 64);
    new JsonObjectWriter(out).text("type", type).raw("data", data).end();
    return out.toString(StandardCharsets.UTF_8);
  }
}

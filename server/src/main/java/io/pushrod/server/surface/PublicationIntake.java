package io.pushrod.server.surface;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.command.PublishRequest;
import io.pushrod.server.guard.AuditTopics;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.session.Identity;
import java.util.List;
import java.util.Map;

/// Checks what a client wants to publish by JSON and makes it ready for the log.
///
/// **Thread:** any; immutable.
public final class PublicationIntake {
  private final EventTypes types;
  private final DeclarationIntake declarations;
  private final RunGate runs;
  private final EventSchemas schemas;
  private final int eventBytes;

  public PublicationIntake(
      EventTypes types,
      DeclarationIntake declarations,
      RunGate runs,
      EventSchemas schemas,
      int eventBytes) {
    this.runs = runs;
    this.schemas = schemas;
    this.types = types;
    this.declarations = declarations;
    this.eventBytes = eventBytes;
  }

  /// @throws RequestException `NOT_FOUND` for a topic that is not granted, `TOO_LARGE` for too much
  ///   data, `SCHEMA` for data that its type may not have, or what the [RunGate] says of the topic
  ///   of a run
  public Publication take(PublishRequest request, Identity identity, ShardMetrics metrics) {
    byte[] data = request.data();
    if (data.length > eventBytes) {
      metrics.count(Counter.LIMIT_EVENT_BYTES);
      throw new RequestException(
          ErrorCode.TOO_LARGE, "data: " + data.length + " bytes (expected: <= " + eventBytes + ")");
    }
    List<String> names = request.topics();
    if (request.type().equals(TypeName.TOPIC_READERS)) {
      ByteBuf declaration = Unpooled.wrappedBuffer(data);
      return declarations.take(identity, names, declaration, 0, data.length, 0, metrics);
    }
    TopicKey[] keys = new TopicKey[names.size()];
    for (int i = 0; i < keys.length; i++) {
      String name = names.get(i);
      if (AuditTopics.include(name) || !identity.publish().allows(name)) {
        metrics.count(Counter.AUTH_GRANT);
        throw notFound(name);
      }
      keys[i] = new TopicKey(identity.tenant(), name);
      runs.check(keys[i], null, request.type());
    }
    ByteBuf source = Unpooled.wrappedBuffer(data);
    schemas.check(request.type(), source, 0, data.length, metrics);
    return new Publication(
        keys,
        types.of(request.type(), null),
        fragment(request.ids()),
        request.timestampMillis(),
        0,
        source,
        0,
        data.length);
  }

  /// The answer to who publishes to a topic that is not granted.
  public static RequestException notFound(String topic) {
    return new RequestException(
        ErrorCode.NOT_FOUND, "topic: " + topic + " (expected: one you may publish to)");
  }

  /// The values hold nothing that JSON escapes.
  private static byte[] fragment(Map<IdField, String> ids) {
    if (ids.isEmpty()) {
      return Publication.NO_IDS;
    }
    StringBuilder text = new StringBuilder();
    ids.forEach(
        (field, value) ->
            text.append(",\"").append(field.label()).append("\":\"").append(value).append('"'));
    return text.toString().getBytes(US_ASCII);
  }
}

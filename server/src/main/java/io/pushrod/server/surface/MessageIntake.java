package io.pushrod.server.surface;

import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.SendRequest;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.guard.Action;
import io.pushrod.server.guard.AuditTopics;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.Request;
import io.pushrod.server.session.Identity;
import java.util.List;
import java.util.UUID;

/// Checks a message for an inbox, by whatever transport, and makes it ready for the desk.
///
/// **Thread:** any; immutable.
final class MessageIntake {
  private final Access access;
  private final Desks desks;

  MessageIntake(Access access, Desks desks) {
    this.access = access;
    this.desks = desks;
  }

  /// @return the request, with an id of its own
  /// @throws RequestException `NOT_FOUND` for an inbox that is not granted, `TOO_LARGE` for too
  ///   much data
  Request take(SendRequest message, Identity who, ShardMetrics metrics) {
    access.check(metrics, who, Action.MESSAGE_SEND);
    String topic = message.topic();
    if (AuditTopics.include(topic) || !who.publish().allows(topic)) {
      metrics.count(Counter.AUTH_GRANT);
      throw PublicationIntake.notFound(topic);
    }
    String payload = message.payload();
    int bytes = ByteBufUtil.utf8Bytes(payload);
    int most = desks.settings().inputBytes();
    if (bytes > most) {
      metrics.count(Counter.LIMIT_RUN_INPUT_BYTES);
      throw new RequestException(
          ErrorCode.TOO_LARGE, "message: " + bytes + " bytes (expected: <= " + most + ")");
    }
    return new Request(
        IngestFrame.Request.Kind.MESSAGE,
        topic,
        UUID.randomUUID().toString(),
        who.user(),
        List.of(topic),
        message.ids(),
        payload);
  }
}

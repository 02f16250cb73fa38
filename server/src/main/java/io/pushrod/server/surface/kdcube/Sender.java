package io.pushrod.server.surface.kdcube;

import io.pushrod.server.dialect.KdcubeEnvelopes;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Who sends messages, and from where.
///
/// @param streamId of the stream that hears of it: that of an event stream, or the id of a socket;
///   null for none
/// @param endpoint as refusals name it
/// @param timezone null when the client does not say
/// @param utcOffsetMinutes as the client says it; null when it does not
record Sender(
    Visitor visitor,
    Labels labels,
    @Nullable String streamId,
    String endpoint,
    @Nullable String timezone,
    @Nullable String utcOffsetMinutes) {
  UserSession session() {
    return visitor.session();
  }

  /// The same, where its answers go to a stream.
  Sender from(String stream) {
    return new Sender(visitor, labels, stream, endpoint, timezone, utcOffsetMinutes);
  }

  /// For what is said about no conversation in particular.
  KdcubeEnvelopes envelopes() {
    return envelopes(UUID.randomUUID().toString(), labels, session().id(), newTurn(), null);
  }

  KdcubeEnvelopes envelopes(
      String requestId,
      Labels of,
      String conversationId,
      @Nullable String turnId,
      @Nullable String bundleId) {
    return new KdcubeEnvelopes(
        requestId,
        of.tenant(),
        of.project(),
        session().isAnonymous() ? null : session().user(),
        session().id(),
        conversationId,
        turnId,
        bundleId,
        streamId);
  }

  static String newTurn() {
    return "turn_" + UUID.randomUUID().toString().replace("-", "");
  }
}

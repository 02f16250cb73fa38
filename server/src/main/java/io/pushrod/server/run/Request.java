package io.pushrod.server.run;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import java.util.List;
import java.util.Map;

/// What a client wants of whoever takes an inbox.
///
/// @param inbox `agent/<name>` for runs, the topic for messages
/// @param id of the run or the message; unique in its tenant
/// @param user who asks; empty when the credential names none
/// @param topics what its events are published to, at least one: the run's own (`run/<id>`) first
/// @param ids to put on its events
/// @param payload one JSON value
public record Request(
    Kind kind,
    String inbox,
    String id,
    String user,
    List<String> topics,
    Map<IdField, String> ids,
    String payload) {

  /// The same without what it asks for.
  Request withoutPayload() {
    return new Request(kind, inbox, id, user, topics, ids, "");
  }
}

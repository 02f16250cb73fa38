package io.pushrod.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.config.RelayConfig;
import org.jspecify.annotations.Nullable;

/// KDCube's relay: a channel for each session of a project, one for the project itself.
///
/// An event is called what the message says, as in `chat_delta`. Its data is
/// `{"target_sid":…,"env":{…}}`: the connection that it is for, or null for all, and the envelope
/// as it is. The conversation and the request become ids of the event, so that states of two
/// conversations are two states.
///
/// @param channels what the names of its channels begin with
/// @param projectTopic of what is for all sessions; null for none
record KdcubeProducers(String channels, TopicPattern sessions, @Nullable String projectTopic)
    implements Producers {
  private static final String PROJECT = "__project__";

  static KdcubeProducers of(RelayConfig row) {
    String tenant = row.kdcubeTenant();
    String project = row.project();
    boolean isNamed = tenant != null || project != null;
    String scope = isNamed ? orDash(tenant) + ':' + orDash(project) + ':' : "";
    return new KdcubeProducers(
        row.identity() + '.' + scope + "chat.events.",
        TopicPattern.of(row.topic()),
        tenant == null || project == null ? null : "project/" + tenant + '/' + project);
  }

  private static String orDash(@Nullable String name) {
    return name == null ? "-" : name;
  }

  /// What stands for the session in a topic's messages: no topic of a session may pass for the
  /// project's.
  private @Nullable String session(String topic) {
    if (topic.equals(projectTopic)) {
      return PROJECT;
    }
    String id = sessions.id(topic);
    return PROJECT.equals(id) ? null : id;
  }

  @Override
  public @Nullable String channel(String topic) {
    String session = session(topic);
    return session == null ? null : channels + session;
  }

  @Override
  public @Nullable Relayed read(String topic, Fields message) {
    String event = message.text("event");
    String session = message.text("session_id");
    if (event == null
        || session == null
        || !session.equals(session(topic))
        || !TypeName.isPublishable(event)
        || event.equals(TypeName.TOPIC_READERS)) {
      return null;
    }
    String target = message.text("target_sid");
    String envelope = message.json("data");
    ByteBuf data = Unpooled.buffer(64 + (envelope == null ? 0 : envelope.length()));
    JsonObjectWriter json = new JsonObjectWriter(data);
    if (target == null || target.isEmpty()) {
      json.raw("target_sid", "null");
    } else {
      json.text("target_sid", target);
    }
    json.raw("env", envelope == null ? "{}" : envelope).end();
    long millis = Fields.time(message.number("timestamp") * 1000);
    return new Relayed(event, ids(message.object("data")), data, millis, 0, false);
  }

  private static String ids(@Nullable Fields envelope) {
    Fields service = envelope == null ? null : envelope.object("service");
    Fields conversation = envelope == null ? null : envelope.object("conversation");
    return (service == null ? "" : service.id(IdField.REQUEST_ID, "request_id"))
        + (conversation == null ? "" : conversation.id(IdField.THREAD_ID, "conversation_id"));
  }
}

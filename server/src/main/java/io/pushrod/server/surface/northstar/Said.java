package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.NorthstarEvent;
import io.pushrod.server.dialect.NorthstarEvent.Actor;
import io.pushrod.server.dialect.NorthstarEvent.ActorType;
import io.pushrod.server.dialect.NorthstarEvent.Ids;
import io.pushrod.server.dialect.NorthstarEvent.Meta;
import io.pushrod.server.dialect.NorthstarEvent.Persist;
import io.pushrod.server.dialect.NorthstarEvent.Place;
import io.pushrod.server.dialect.NorthstarEvent.Priority;
import io.pushrod.server.dialect.NorthstarEvent.Routing;
import org.jspecify.annotations.Nullable;

/// The frames that the server says of its own accord on one connection.
///
/// @param place thread or canvas
record Said(Context to, String env, Place place) {
  /// The thread of a topic `thread/…`, or else the canvas of `canvas/…`.
  static Said in(String topic, Context to, String env) {
    String id = topic.substring(topic.indexOf('/') + 1);
    return new Said(
        to, env, topic.startsWith("canvas/") ? new Place(id, null) : new Place(null, id));
  }

  /// Where a reader stands.
  ///
  /// @param id of the frame
  /// @param cursor of the newest event
  String resumeCursor(String id, String cursor, long millis) {
    return event("resume_cursor", id, ActorType.SYSTEM, "resume_cursor", cursor, millis)
        .json(object("cursor", cursor));
  }

  String online(String id, long millis) {
    ByteBuf data = Unpooled.buffer(64);
    new JsonObjectWriter(data).text("status", "online").text("user_id", to.user()).end();
    return event("presence_state", id, ActorType.HUMAN, "presence_online", null, millis)
        .json(data.toString(UTF_8));
  }

  /// The stream ends by a fault of ours.
  String crash(String id, long millis) {
    ByteBuf data = Unpooled.buffer(128);
    new JsonObjectWriter(data)
        .text("code", "stream.crash")
        .text("message", "Stream interrupted by internal error")
        .text("details", "")
        .end();
    return event("error", id, ActorType.SYSTEM, "error", null, millis).json(data.toString(UTF_8));
  }

  private NorthstarEvent event(
      String type, String id, ActorType actor, String step, @Nullable String cursor, long millis) {
    String run = place.thread() == null ? place.canvas() : place.thread();
    return new NorthstarEvent(
        type,
        millis,
        id,
        new Ids(to.request(), run, step),
        new Routing(to.tenant(), env, place, new Actor(to.user(), actor), to.scope()),
        new Meta(Priority.INFO, Persist.NEVER, cursor));
  }

  private static String object(String name, String text) {
    ByteBuf json = Unpooled.buffer(64);
    new JsonObjectWriter(json).text(name, text).end();
    return json.toString(UTF_8);
  }
}

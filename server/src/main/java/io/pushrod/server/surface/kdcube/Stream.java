package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.dialect.KdcubeEnvelopes;
import io.pushrod.server.dialect.KdcubeEvents;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One event stream of a session: `ready`, then what happens from now on.
///
/// **Thread:** the connection's shard.
final class Stream implements Conversation {
  /// What its client asked for.
  ///
  /// @param projectTopic of everybody in the project; null for none
  record Wish(
      UserSession session,
      String streamId,
      @Nullable String tenant,
      @Nullable String project,
      boolean projectEvents,
      @Nullable String projectTopic) {}

  private final Line line;
  private final Wish wish;
  private final Places places;
  private final LongSupplier millis;

  /// Called from time to time, so that a session lives as long as its stream.
  private final Runnable touch;

  private final long touchNanos;
  private boolean placed;
  private boolean ready;

  Stream(
      Line line,
      Wish wish,
      Places places,
      LongSupplier millis,
      Runnable touch,
      long sessionMillis) {
    this.line = line;
    this.wish = wish;
    this.places = places;
    this.millis = millis;
    this.touch = touch;
    this.touchNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(1, sessionMillis / 2));
  }

  @Override
  public void onOpen() {
    placed = places.enter();
    if (!placed) {
      throw Places.none();
    }
    line.read(wish.session().topic(), StartPoint.NOW);
  }

  /// A client acts on `ready`, so that it comes once nothing is missed any more.
  @Override
  public void onBegun(String topic, String cursor, boolean hasHistory) {
    if (!ready) {
      ready = true;
      line.say("ready", UUID.randomUUID().toString(), ready());
      line.wake(wish.projectTopic() == null ? touchNanos : 1);
    }
  }

  @Override
  public void onDue() {
    String project = wish.projectTopic();
    if (project != null) {
      line.read(project, StartPoint.NOW);
    }
    touch.run();
    line.wake(touchNanos);
  }

  /// Without the project's events the session goes on.
  @Override
  public boolean onRefused(String topic) {
    return topic.equals(wish.projectTopic());
  }

  private String ready() {
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter json =
        new JsonObjectWriter(out)
            .text("timestamp", KdcubeEnvelopes.time(millis.getAsLong()))
            .text("session_id", wish.session().id())
            .text("user_type", wish.session().type().label())
            .text("stream_id", wish.streamId());
    if (wish.tenant() != null) {
      json.text("tenant", wish.tenant());
    }
    if (wish.project() != null) {
      json.text("project", wish.project());
    }
    json.bool("project_events", wish.projectEvents()).end();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Override
  public EventRenderer ownRenderer() {
    return new KdcubeEvents(wish.streamId());
  }

  @Override
  public @Nullable Farewell farewell(CloseReason reason) {
    if (reason != CloseReason.SHUTDOWN && reason != CloseReason.RESTART) {
      return null;
    }
    ByteBuf out = Unpooled.buffer(256);
    new JsonObjectWriter(out)
        .text("timestamp", KdcubeEnvelopes.time(millis.getAsLong()))
        .text("reason", "draining")
        .text("session_id", wish.session().id())
        .text("stream_id", wish.streamId())
        .end();
    return new Farewell(
        out.toString(StandardCharsets.UTF_8), "server_shutdown", reason.code(), reason.text());
  }

  @Override
  public void onEnd() {
    if (placed) {
      places.leave();
    }
  }

  /// The topic of a project's events; null when it cannot be named so.
  static @Nullable String projectTopic(@Nullable String tenant, @Nullable String project) {
    return isSegment(tenant) && isSegment(project) ? "project/" + tenant + "/" + project : null;
  }

  private static boolean isSegment(@Nullable String text) {
    return text != null && text.length() <= 100 && text.indexOf('/') < 0 && TopicName.isValid(text);
  }
}

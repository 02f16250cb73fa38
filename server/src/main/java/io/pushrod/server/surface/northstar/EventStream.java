package io.pushrod.server.surface.northstar;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.northstar.Threads.Found;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import org.jspecify.annotations.Nullable;

/// An event stream of a thread or a canvas. If that has had any event, `resume_cursor` comes first;
/// then what the reader has missed, and then what follows.
///
/// The id of `resume_cursor` says where the stream begins, so that who loses the connection right
/// behind it loses nothing else; its payload has the cursor of the newest event.
///
/// **Thread:** the connection's shard.
final class EventStream implements Conversation {
  private final Line line;
  private final Threads threads;
  private final Studio studio;
  private final String topic;
  private final Context reader;
  private final @Nullable String cursor;
  private String last = "";
  private boolean ended;

  EventStream(
      Line line,
      Threads threads,
      Studio studio,
      String topic,
      Context reader,
      @Nullable String cursor) {
    this.line = line;
    this.threads = threads;
    this.studio = studio;
    this.topic = topic;
    this.reader = reader;
    this.cursor = cursor;
  }

  @Override
  public void onOpen() {
    Identity who = line.identity();
    if (who != null) {
      threads.find(who, topic, cursor, this::found);
    }
  }

  private void found(@Nullable Found found) {
    if (ended) {
      return;
    }
    StartPoint start = found == null ? null : found.start();
    if (found == null || start == null) {
      Envelope why =
          found == null
              ? Envelope.notFound(kind())
              : Envelope.cursorInvalid(String.valueOf(cursor), kind());
      line.close(CloseReason.FORBIDDEN, ChatSocket.farewell(why));
      return;
    }
    last = found.last().toString();
    line.read(topic, start);
  }

  private String kind() {
    return topic.startsWith("canvas/") ? "canvas" : "chat";
  }

  @Override
  public void onBegun(String begun, String from, boolean hasHistory) {
    if (hasHistory && studio.saysPresence()) {
      String id = "resume-" + from;
      line.say(
          "resume_cursor",
          id,
          Said.in(topic, reader, studio.env()).resumeCursor(id, last, studio.nowMillis()));
    }
  }

  @Override
  public @Nullable Farewell farewell(CloseReason reason) {
    return switch (reason) {
      case INTERNAL_ERROR ->
          Farewell.of(
              Said.in(topic, reader, studio.env()).crash("crash-" + line.id(), studio.nowMillis()),
              reason.code(),
              reason.text());
      case KILL_SWITCH -> ChatSocket.farewell(Envelope.switchedOff(null, kind()));
      default -> null;
    };
  }

  @Override
  public void onEnd() {
    ended = true;
  }
}

package io.pushrod.server.surface.argos;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import org.jspecify.annotations.Nullable;

/// A stream of all that happens in a project, from now on.
///
/// **Thread:** the connection's shard.
class ProjectStream implements Conversation {
  final Line line;

  ProjectStream(Line line) {
    this.line = line;
  }

  @Override
  public void onOpen() {
    Row row = line.row();
    Row.Topic project = row.topics().getFirst();
    Row.Topic named = row.topic(ArgosDialect.EVENTS);
    Row.Topic events = named == null ? project : named;
    String places = line.expand(project.template());
    String topic = line.expand(events.template());
    if (places == null || topic == null || !line.mayRead(events)) {
      notFound();
    } else if (line.takePlace(places)) {
      begin(topic);
    } else {
      line.close(CloseReason.TOO_MANY_CONNECTIONS, ArgosFrames.tooMany());
    }
  }

  void begin(String topic) {
    line.read(topic, StartPoint.NOW);
  }

  @Override
  public boolean onRefused(String topic) {
    notFound();
    return true;
  }

  final void notFound() {
    line.close(CloseReason.POLICY, unknown());
  }

  Farewell unknown() {
    return ArgosFrames.notFound(ArgosDialect.PROJECT, "", "");
  }

  @Override
  public @Nullable Farewell farewell(CloseReason reason) {
    return ArgosFrames.ended(reason, "", "");
  }
}

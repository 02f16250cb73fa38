package io.pushrod.server.surface.route;

import io.pushrod.codec.StartPoint;
import io.pushrod.server.surface.NativeSurface;

/// A conversation that reads the topics of its row and says nothing.
///
/// **Thread:** the connection's shard.
public final class TopicReader implements Conversation {
  private final Line line;

  public TopicReader(Line line) {
    this.line = line;
  }

  @Override
  public void onOpen() {
    StartPoint start = line.row().config().replay() ? StartPoint.EARLIEST : StartPoint.NOW;
    for (Row.Topic topic : line.row().topics()) {
      String name = line.expand(topic.template());
      if (name == null || !line.mayRead(topic)) {
        throw NativeSurface.notFound(topic.name());
      }
      line.read(name, start);
    }
  }
}

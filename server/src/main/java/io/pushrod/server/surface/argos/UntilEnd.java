package io.pushrod.server.surface.argos;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.dialect.ArgosEvents;
import io.pushrod.server.dialect.ArgosResource;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.surface.route.Line;

/// Renders events until the end of one job or run, and wakes the conversation then.
///
/// **Thread:** the connection's shard.
final class UntilEnd implements EventRenderer {
  private final ArgosEvents events = new ArgosEvents();
  private final ArgosResource resource;
  private final String id;
  private final Line line;
  private final boolean named;
  private boolean ended;

  UntilEnd(ArgosResource resource, String id, Line line) {
    this.resource = resource;
    this.id = id;
    this.line = line;
    this.named = line.row().option("names", "type").equals("type");
  }

  @Override
  public boolean render(long epoch, long sequence, ByteBuf source, int offset, int length) {
    if (ended || !events.render(epoch, sequence, source, offset, length)) {
      return false;
    }
    if (events.ends(resource, id)) {
      ended = true;
      // Not now: the event is being written.
      line.wake(1);
    }
    return true;
  }

  @Override
  public String name() {
    return named ? events.name() : "message";
  }

  @Override
  public ByteBuf json() {
    return events.json();
  }
}

package io.pushrod.server.surface.argos;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.dialect.ArgosEvents;
import io.pushrod.server.dialect.ArgosResource;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.route.TopicTemplate;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A stream that begins with the state of a job or run.
///
/// The place where reading begins is looked up before the state is, so that what is published
/// between is in the state or after it, or both, and never lost. An event that goes to both topics
/// may stand in the project's before it stands in the resource's: so the last events of the project
/// are looked at too, and the newer state counts.
///
/// **Thread:** the connection's shard.
final class ResourceStream extends ProjectStream {
  /// How many events of a project may be stored while one of them is on its way to another topic.
  private static final int OVERTAKING_EVENTS = 256;

  private final ArgosResource resource;
  private final String id;
  private final EventFilter states;
  private final boolean ends;
  private String topic = "";

  /// @param id of the resource, as the client spelled it
  /// @param states which events of its topic show its state
  /// @param ends whether the stream ends with the resource
  ResourceStream(Line line, ArgosResource resource, String id, EventFilter states, boolean ends) {
    super(line);
    this.resource = resource;
    this.id = id;
    this.states = states;
    this.ends = ends;
  }

  @Override
  void begin(String events) {
    topic = events;
    TopicTemplate template = line.row().snapshot();
    String about = template == null ? null : line.expand(template);
    if (template == null || about == null || !line.mayRead(new Row.Topic("", template, Set.of()))) {
      notFound();
      return;
    }
    line.latest(events, EventFilter.ALL, last -> lookUp(about, startAfter(last)));
  }

  private void lookUp(String about, StartPoint start) {
    line.latest(
        topic,
        states,
        OVERTAKING_EVENTS,
        event -> ArgosEvents.isAbout(resource, id, event),
        shown ->
            line.latest(
                about,
                states,
                Integer.MAX_VALUE,
                event -> ArgosEvents.isState(resource, event),
                stored -> begin(start, shown, stored)));
  }

  /// @param shown the resource's latest event in what is read; null for none lately
  /// @param stored its latest in its own topic
  private void begin(StartPoint start, @Nullable String shown, @Nullable String stored) {
    if (stored == null) {
      notFound();
      return;
    }
    ArgosEvents.Snapshot snapshot = ArgosEvents.Snapshot.of(resource, stored);
    if (shown != null) {
      ArgosEvents.Snapshot other = ArgosEvents.Snapshot.of(resource, shown);
      snapshot = other.millis() >= snapshot.millis() ? other : snapshot;
    }
    boolean called = line.row().option("names", "type").equals("type");
    line.say(called ? resource.created() : "message", snapshot.json());
    if (ends && snapshot.isFinished()) {
      line.finish();
    } else {
      line.read(topic, start);
    }
  }

  /// A topic without events has lost none either.
  private static StartPoint startAfter(@Nullable String event) {
    return event == null
        ? StartPoint.EARLIEST
        : new StartPoint.After(Cursor.parse(ArgosEvents.id(event)));
  }

  @Override
  public @Nullable EventRenderer ownRenderer() {
    return ends ? new UntilEnd(resource, id, line) : null;
  }

  /// The end was rendered.
  @Override
  public void onDue() {
    line.leave(topic);
    line.finish();
  }

  @Override
  Farewell unknown() {
    return ArgosFrames.notFound(resource.key(), resource.idName(), id);
  }

  @Override
  public @Nullable Farewell farewell(CloseReason reason) {
    return ArgosFrames.ended(reason, resource.idName(), id);
  }
}

package io.pushrod.server.surface.ciris;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TopicName;
import io.pushrod.server.dialect.CirisFrames;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The event stream of an agent's reasoning, step by step. Who may not read the topic `all` gets
/// what was published for this user: the topic `own`, a slash and the user.
///
/// **Thread:** the connection's shard.
final class StepStream implements Conversation {
  static final String ALL = "all";
  static final String OWN = "own";

  private final Line line;

  StepStream(Line line) {
    this.line = line;
  }

  @Override
  public void onOpen() {
    String topic = topic();
    if (topic == null) {
      throw new RequestException(
          ErrorCode.FORBIDDEN, line.row().option("required", "Observer role required"));
    }
    line.say("connected", CirisFrames.connected(line.millis()));
    line.read(topic, StartPoint.NOW);
  }

  private @Nullable String topic() {
    Row.Topic all = Objects.requireNonNull(line.row().topic(ALL));
    if (line.mayRead(all)) {
      return line.expand(all.template());
    }
    Row.Topic own = Objects.requireNonNull(line.row().topic(OWN));
    String owns = line.expand(own.template());
    Identity who = line.identity();
    String user = who == null ? "" : who.user();
    return owns != null && line.mayRead(own) && isSegment(user) ? owns + "/" + user : null;
  }

  private static boolean isSegment(String user) {
    return TopicName.isValid(user) && user.indexOf('/') < 0;
  }

  @Override
  public String heartbeat() {
    return CirisFrames.time(line.millis());
  }

  @Override
  public String heartbeatName() {
    return "keepalive";
  }

  @Override
  public @Nullable Farewell farewell(CloseReason reason) {
    return Farewell.of(CirisFrames.text("error", reason.text()), reason.code(), reason.text());
  }
}

package io.pushrod.server.surface.ciris;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.dialect.CirisFrames;
import io.pushrod.server.dialect.CirisRequest;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import org.jspecify.annotations.Nullable;

/// What the conversations on CIRIS' WebSockets have in common.
///
/// **Thread:** the connection's shard.
abstract sealed class CirisStream implements Conversation
    permits SingleStream, ChosenStreams, Channels {
  final Line line;

  CirisStream(Line line) {
    this.line = line;
  }

  /// Says who is there.
  final void greet() {
    Identity who = line.identity();
    if (who != null) {
      line.say("auth", CirisFrames.auth(line.millis(), who.user(), Roles.highest(who.roles())));
    }
  }

  /// Begins to read a topic of the row from now on.
  ///
  /// @return false when the user may not
  final boolean read(Row.Topic topic) {
    String name = line.expand(topic.template());
    if (name == null || !line.mayRead(topic)) {
      return false;
    }
    line.read(name, StartPoint.NOW);
    return true;
  }

  final void leave(Row.Topic topic) {
    String name = line.expand(topic.template());
    if (name != null) {
      line.leave(name);
    }
  }

  /// What is no JSON object ends the connection, as it does in CIRIS.
  @Override
  public final void onText(ByteBuf text, int offset, int length) {
    CirisRequest request;
    try {
      request = CirisRequest.parse(text, offset, length);
    } catch (RequestException e) {
      end("message is no JSON object");
      return;
    }
    onRequest(request);
  }

  /// A request; one that the stream does not know has no effect.
  abstract void onRequest(CirisRequest request);

  final void end(String why) {
    line.close(CloseReason.POLICY, Farewell.of(CloseReason.NORMAL.code(), why));
  }

  @Override
  public final @Nullable String heartbeat() {
    return CirisFrames.heartbeat(line.millis());
  }

  @Override
  public final @Nullable Farewell farewell(CloseReason reason) {
    return CirisDialect.ended(reason);
  }
}

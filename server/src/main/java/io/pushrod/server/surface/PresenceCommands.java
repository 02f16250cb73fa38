package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.ClientCommand;
import io.pushrod.codec.command.PresenceReplies;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Attendance;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import org.jspecify.annotations.Nullable;

/// What native clients ask about who is on a topic, and say of themselves.
///
/// **Thread:** the connection's shard.
final class PresenceCommands {
  private PresenceCommands() {}

  /// @throws RequestException `NOT_FOUND` for a topic that `who` may not read
  static void ask(
      NativeConnection connection, Identity who, ClientCommand.Presence command, ReplySink sink) {
    Shard shard = connection.shard();
    Readership readership = shard.readership();
    NativeSurface.checkGrant(readership, who, command.topic(), connection.metrics());
    shard
        .presence()
        .ask(
            new TopicKey(who.tenant(), command.topic()),
            command.after(),
            limit(command.limit(), shard),
            (log, page) -> {
              if (readership.admits(who, command.topic(), log)) {
                ByteBuf out = NativeSurface.buffer(connection);
                PresenceReplies.ack(out, command.id(), command.topic(), page);
                sink.reply(200, out);
              } else {
                connection.metrics().count(Counter.AUTH_GRANT);
                refuse(connection, sink, command.id(), NativeSurface.notFound(command.topic()));
              }
            });
  }

  /// How many users an answer may have.
  ///
  /// @param wanted 0 when not said
  static int limit(int wanted, Shard shard) {
    int most = shard.presence().settings().pageMembers();
    if (wanted > most) {
      shard.metrics().count(Counter.LIMIT_PRESENCE_PAGE_MEMBERS);
    }
    return wanted == 0 ? most : Math.min(wanted, most);
  }

  /// Whose state this would be.
  ///
  /// @throws RequestException `NOT_FOUND` without a subscription to the topic that has begun,
  ///   `FORBIDDEN` where nobody or no such user counts, `TOO_LARGE`
  static Attendance attendance(NativeConnection connection, ClientCommand.State command) {
    Subscription subscription = connection.subscription(command.topic());
    if (subscription == null || subscription.log() == null) {
      throw new RequestException(
          ErrorCode.NOT_FOUND, "topic: " + command.topic() + " (expected: one subscribed)");
    }
    Attendance attendance = subscription.attendance();
    if (attendance == null) {
      throw new RequestException(
          ErrorCode.FORBIDDEN, "topic: without presence (expected: one of presence.topics)");
    }
    if (attendance.isAnonymous()) {
      throw new RequestException(
          ErrorCode.FORBIDDEN, "token: names no user (expected: one that does)");
    }
    int most = connection.shard().presence().settings().stateBytes();
    String state = command.state();
    if (state != null && ByteBufUtil.utf8Bytes(state) > most) {
      connection.metrics().count(Counter.LIMIT_PRESENCE_STATE_BYTES);
      throw new RequestException(
          ErrorCode.TOO_LARGE,
          "state: " + ByteBufUtil.utf8Bytes(state) + " bytes (expected: <= " + most + ")");
    }
    return attendance;
  }

  static void state(
      NativeConnection connection,
      Identity who,
      Attendance attendance,
      ClientCommand.State command,
      ReplySink sink) {
    connection
        .shard()
        .presence()
        .state(
            new TopicKey(who.tenant(), command.topic()),
            attendance,
            command.state(),
            listed -> {
              if (listed) {
                ByteBuf out = NativeSurface.buffer(connection);
                Replies.ackTopic(out, command.id(), command.topic());
                sink.reply(200, out);
              } else {
                refuse(connection, sink, command.id(), full());
              }
            });
  }

  private static RequestException full() {
    return new RequestException(
        ErrorCode.OVERLOADED,
        "topic: full (expected: fewer users than presence.members_per_topic)");
  }

  private static void refuse(
      NativeConnection connection, ReplySink sink, @Nullable String id, RequestException why) {
    NativeSurface.refuse(connection, sink, id, why.code(), String.valueOf(why.getMessage()), 0);
  }
}

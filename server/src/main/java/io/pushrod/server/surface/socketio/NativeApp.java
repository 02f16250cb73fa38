package io.pushrod.server.surface.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.Replies;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeSurface;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The native dialect in a namespace: `emit("subscribe", {topic, after, …}, ack)` is the command of
/// that `op`, and the ack gets its reply. Events arrive under the names of their types; what else
/// there is to say arrives under its `op`: `close`, `token_expiring`, `unsubscribed`.
///
/// The token is `auth.token`, or what the request that opened the session brought.
public final class NativeApp implements SocketIoApp {
  private final Access access;
  private final NativeSurface surface;

  public NativeApp(Access access, NativeSurface surface) {
    this.access = access;
    this.surface = surface;
  }

  @Override
  public boolean recovers() {
    return true;
  }

  @Override
  public boolean mayStillRead(Identity who, String topic) {
    return who.subscribe().allows(topic);
  }

  @Override
  public void connect(SocketIoHandshake handshake, Admission admission) {
    try {
      Identity who = identify(handshake);
      if (who == null) {
        handshake.shard().metrics().count(Counter.AUTH_MISSING);
        admission.refuse(ErrorCode.UNAUTHENTICATED.label());
      } else {
        admission.accept(who, new Socket());
      }
    } catch (RequestException e) {
      admission.refuse(e.code().label());
    }
  }

  private @Nullable Identity identify(SocketIoHandshake handshake) {
    ShardMetrics metrics = handshake.shard().metrics();
    String token = token(handshake.auth());
    return token != null
        ? access.identify(metrics, token)
        : access.identify(
            metrics, handshake.headers()::get, handshake.query()::first, handshake.cookies());
  }

  /// @return null when none was given
  private static @Nullable String token(String auth) {
    return text(Unpooled.wrappedBuffer(auth.getBytes(UTF_8)), "token");
  }

  /// A member of a checked object that is a string.
  private static @Nullable String text(ByteBuf json, String name) {
    byte[] wanted = name.getBytes(UTF_8);
    JsonMembers members = new JsonMembers().reset(json, 0, json.readableBytes());
    String found = null;
    while (members.next()) {
      if (members.nameEquals(wanted) && json.getByte(members.valueOffset()) == '"') {
        found = JsonStrings.decode(json, members.valueOffset(), members.valueLength());
      }
    }
    return found;
  }

  /// One client.
  private final class Socket implements SocketIoListener {
    private @Nullable SocketIoSocket socket;

    @Override
    public void onConnected(SocketIoSocket connected, boolean recovered) {
      socket = connected;
    }

    @Override
    public void onEvent(SocketIoEvent event) {
      SocketIoSocket of = socket;
      if (of == null) {
        return;
      }
      ByteBuf command = command(event);
      if (command == null) {
        refuse(event);
        return;
      }
      try {
        surface.execute(
            of.connection(),
            command,
            0,
            command.readableBytes(),
            (_, json) -> answer(event.ack(), json));
      } finally {
        command.release();
      }
    }

    /// @return null unless there is one object, or nothing
    private @Nullable ByteBuf command(SocketIoEvent event) {
      List<String> args = event.args();
      String members = args.isEmpty() ? "{}" : args.getFirst();
      if (args.size() > 1 || !event.attachments().isEmpty() || members.charAt(0) != '{') {
        return null;
      }
      ByteBuf out = Unpooled.buffer(members.length() + event.name().length() + 16);
      String inside = members.substring(0, members.length() - 1).stripTrailing();
      out.writeCharSequence(inside.length() > 1 ? inside + "," : inside, UTF_8);
      out.writeCharSequence("\"op\":", UTF_8);
      JsonStrings.write(out, event.name());
      return out.writeByte('}');
    }

    private static void refuse(SocketIoEvent event) {
      ByteBuf out = Unpooled.buffer(128);
      Replies.error(
          out,
          null,
          ErrorCode.BAD_REQUEST,
          "arguments: " + event.args().size() + " (expected: one object)");
      answer(event.ack(), out);
    }

    private static void answer(SocketIoEvent.@Nullable Ack ack, ByteBuf json) {
      if (ack != null) {
        ack.send(json.toString(UTF_8));
      }
      json.release();
    }

    @Override
    public void onControl(String json) {
      SocketIoSocket of = socket;
      if (of != null) {
        of.emit(String.valueOf(text(Unpooled.wrappedBuffer(json.getBytes(UTF_8)), "op")), json);
      }
    }
  }
}

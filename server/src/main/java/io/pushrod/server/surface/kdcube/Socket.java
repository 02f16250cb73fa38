package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.dialect.KdcubeEnvelopes;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.socketio.SocketIoEvent;
import io.pushrod.server.surface.socketio.SocketIoListener;
import io.pushrod.server.surface.socketio.SocketIoSocket;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One socket of KDCube's: `session_info`, the events of its session, and what its client emits.
///
/// **Thread:** the socket's shard.
final class Socket implements SocketIoListener {
  private final Row row;
  private final Sender joined;
  private final Chat chat;
  private @Nullable SocketIoSocket socket;

  private final Assets assets;
  private final KdcubeSettings settings;

  Socket(Row row, Sender joined, Chat chat, Assets assets, KdcubeSettings settings) {
    this.row = row;
    this.joined = joined;
    this.chat = chat;
    this.assets = assets;
    this.settings = settings;
  }

  /// A client acts on `session_info`, so that it comes once nothing is missed any more.
  @Override
  public void onConnected(SocketIoSocket connected, boolean recovered) {
    socket = connected;
    var _ =
        connected.subscribe(
            joined.session().topic(),
            StartPoint.NOW,
            EventFilter.ALL,
            row.config().policy(),
            new SocketRenderer(connected.sid()),
            new Subscription.Begun() {
              @Override
              public void onBegun(Subscription begun) {
                connected.emit("session_info", sessionInfo(connected));
              }

              @Override
              public void onRefused(Subscription refused, ErrorCode why) {
                connected.disconnect(CloseReason.OVERLOADED);
              }
            });
  }

  private String sessionInfo(SocketIoSocket connected) {
    UserSession session = joined.session();
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter json =
        new JsonObjectWriter(out)
            .text("session_id", session.id())
            .text("user_type", session.type().label());
    orNull(json, "user_id", session.isAnonymous() ? null : session.user());
    orNull(json, "username", session.isAnonymous() ? null : session.user());
    orNull(json, "project", joined.labels().project());
    orNull(json, "tenant", joined.labels().tenant());
    json.text("client_role", "user")
        .text("connected_at", KdcubeEnvelopes.time(connected.shard().clock().millis()))
        .end();
    return out.toString(UTF_8);
  }

  private static void orNull(JsonObjectWriter json, String name, @Nullable String text) {
    if (text == null) {
      json.raw(name, "null");
    } else {
      json.text(name, text);
    }
  }

  @Override
  public void onEvent(SocketIoEvent event) {
    SocketIoSocket of = socket;
    if (of == null) {
      return;
    }
    switch (event.name()) {
      case "chat_message" -> send(of, event);
      case "conv_status.get" -> status(of, event);
      case "ping" ->
          of.emit(
              "pong",
              "{\"timestamp\":\"" + KdcubeEnvelopes.time(of.shard().clock().millis()) + "\"}");
      default ->
          answer(event, Outcome.Refused.of(400, "unknown_event", "Unknown event: " + shown(event)));
    }
  }

  private static String shown(SocketIoEvent event) {
    return event.name().length() > 64 ? event.name().substring(0, 64) : event.name();
  }

  private Sender sender(SocketIoSocket of) {
    return joined.from(of.sid());
  }

  /// Clients with an ack wait for it for ever, so that there is one whatever happens.
  private void send(SocketIoSocket of, SocketIoEvent event) {
    Sender sender = sender(of);
    Consumer<RequestException> refuse =
        why -> chat.refuse(of.shard(), sender, why, outcome -> answer(event, outcome));
    CompletionStage<Outcome.@Nullable Refused> admitted;
    try {
      admitted = chat.admit(of.shard(), sender);
    } catch (RequestException e) {
      refuse.accept(e);
      return;
    }
    event.attachments().forEach(ByteBuf::retain);
    Moment.of(of.shard())
        .take(
            admitted,
            refused -> {
              try {
                if (refused != null) {
                  answer(event, refused);
                } else {
                  sendAdmitted(of, sender, event);
                }
              } catch (RequestException e) {
                refuse.accept(e);
              } finally {
                event.attachments().forEach(ByteBuf::release);
              }
            },
            why -> {
              event.attachments().forEach(ByteBuf::release);
              refuse.accept(why);
            });
  }

  private void sendAdmitted(SocketIoSocket of, Sender sender, SocketIoEvent event) {
    Submission what = Submission.of(body(event));
    new SocketMessage(of.shard(), sender, what, chat, assets, settings)
        .send(event, outcome -> answer(event, outcome));
  }

  private static Node body(SocketIoEvent event) {
    List<String> args = event.args();
    try {
      return Node.parse(args.isEmpty() ? "{}" : args.getFirst());
    } catch (RequestException e) {
      throw new RequestException(ErrorCode.BAD_JSON, "Invalid JSON body");
    }
  }

  private void status(SocketIoSocket of, SocketIoEvent event) {
    Sender sender = sender(of);
    Consumer<RequestException> refuse =
        why -> chat.refuse(of.shard(), sender, why, outcome -> answer(event, outcome));
    try {
      Node body = body(event);
      chat.status(
          of.shard(),
          sender,
          body.text("conversation_id"),
          body.text("bundle_id"),
          standing -> {
            if (standing == null) {
              answer(event, Outcome.Refused.of(404, "not_found", "Conversation not found"));
            } else if (event.ack() != null) {
              event.ack().send(standing);
            }
          },
          refuse);
    } catch (RequestException e) {
      refuse.accept(e);
    }
  }

  private static void answer(SocketIoEvent event, Outcome outcome) {
    if (event.ack() != null) {
      event
          .ack()
          .send(
              switch (outcome) {
                case Outcome.Accepted accepted -> "{\"ok\":true," + accepted.members() + "}";
                case Outcome.Refused refused -> ChatJson.refused(refused);
              });
    }
  }
}

package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.NorthstarTime;
import io.pushrod.server.guard.Action;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Saying something in a thread by a request, in each of the forms that clients have for it.
final class SendOperations {
  private static final Set<String> ROLES = Set.of("user", "agent", "system");

  private SendOperations() {}

  /// A message as a request says it.
  ///
  /// @param sender contact as JSON
  private record Wanted(String sender, String text, String role, @Nullable String scope) {}

  /// `POST /sse/chat/{thread_id}`: the text in the query with a contact as the body, or both in the
  /// body. The thread has to be there.
  static void send(Call call) {
    String topic = call.topic("chat");
    Json body = call.body();
    String inQuery = call.exchange().query().first("text");
    Json contact = inQuery == null ? body.object("sender") : body;
    String text = inQuery == null ? required(body) : inQuery;
    Wanted wanted = new Wanted(sender(call, contact), text, "user", scope(body));
    if (!call.mayRead(topic)) {
      throw new Refusal(Envelope.notFound("chat"));
    }
    call.threads()
        .find(
            call.who(),
            topic,
            null,
            found -> {
              if (found == null) {
                call.refuse(Envelope.notFound("chat"));
              } else {
                post(call, topic, Action.CHAT_SEND, wanted, true);
              }
            });
  }

  /// `POST /chat/threads/{thread_id}/messages`: with a `sender`, the older form, or without.
  static void append(Call call) {
    String topic = call.topic("chat");
    Json body = call.body();
    String text = required(body);
    if (body.has("sender")) {
      Wanted wanted = new Wanted(sender(call, body.object("sender")), text, "user", scope(body));
      post(call, topic, Action.CHAT_SEND, wanted, true);
      return;
    }
    String role = body.has("role") ? String.valueOf(body.text("role")) : "user";
    if (!ROLES.contains(role)) {
      throw new Refusal(Envelope.invalid("role: unknown (expected: user, agent or system)"));
    }
    Wanted wanted = new Wanted(Post.contact(call.context().user()), text, role, null);
    post(call, topic, Action.CHAT_MESSAGE_APPEND, wanted, false);
  }

  private static String required(Json body) {
    String text = body.text("text");
    if (!body.isObject() || text == null) {
      throw new Refusal(Envelope.invalid("body.text: none (expected: a text)"));
    }
    return text;
  }

  private static @Nullable String scope(Json body) {
    return body.object("scope").members().isEmpty() ? null : body.raw("scope");
  }

  /// Nobody speaks as somebody else.
  private static String sender(Call call, Json contact) {
    String id = contact.text("id");
    if (id == null) {
      throw new Refusal(Envelope.invalid("sender.id: none (expected: a text)"));
    }
    String user = call.who().user();
    if (!user.isEmpty() && !user.equals(id)) {
      throw new Refusal(Envelope.of(Envelope.GENERAL, "Sender mismatch", 403, null));
    }
    ByteBuf json = Unpooled.buffer(128);
    JsonObjectWriter sender = new JsonObjectWriter(json).text("id", id);
    Envelope.orNull(sender, "display_name", contact.text("display_name"));
    Envelope.orNull(sender, "handle", contact.text("handle")).end();
    return json.toString(UTF_8);
  }

  /// @param older whether the answer is the older one
  private static void post(Call call, String topic, Action action, Wanted wanted, boolean older) {
    if (wanted.text().isEmpty()) {
      call.respond("{\"posted\":[]}");
      return;
    }
    Post post =
        Post.message(
            call.context(),
            topic,
            action,
            wanted.sender(),
            wanted.text(),
            wanted.role(),
            wanted.scope());
    call.threads()
        .post(
            call.who(),
            post,
            new Threads.Answer() {
              @Override
              public void posted(Cursor cursor, long millis) {
                call.respond(
                    older
                        ? message(topic, wanted, cursor, millis)
                        : entry(call.context().user(), wanted, cursor, millis));
              }

              @Override
              public void refused(Envelope why) {
                call.refuse(why);
              }
            });
  }

  private static String message(String topic, Wanted wanted, Cursor cursor, long millis) {
    ByteBuf json = Unpooled.buffer(256);
    JsonObjectWriter outer = new JsonObjectWriter(json).name("posted");
    json.writeByte('[');
    new JsonObjectWriter(json)
        .text("id", cursor.toString())
        .text("thread_id", topic.substring(topic.indexOf('/') + 1))
        .raw("sender", wanted.sender())
        .text("text", wanted.text())
        .text("created_at", NorthstarTime.text(millis))
        .text("role", wanted.role())
        .raw("scope", wanted.scope() == null ? "null" : wanted.scope())
        .end();
    json.writeByte(']');
    outer.end();
    return json.toString(UTF_8);
  }

  private static String entry(String sender, Wanted wanted, Cursor cursor, long millis) {
    ByteBuf json = Unpooled.buffer(256);
    new JsonObjectWriter(json)
        .text("id", cursor.toString())
        .text("text", wanted.text())
        .text("role", wanted.role())
        .text("sender_id", sender)
        .text("cursor", cursor.toString())
        .text("timestamp", NorthstarTime.text(millis))
        .end();
    return json.toString(UTF_8);
  }
}

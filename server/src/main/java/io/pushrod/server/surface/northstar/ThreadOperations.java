package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.command.TopicReaders;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.NorthstarMessage;
import io.pushrod.server.dialect.NorthstarTime;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.surface.NativeSurface;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Threads as things: making them, listing them, reading what was said.
///
/// A thread is made by declaring its readers, which holds until it is withdrawn: so it outlives all
/// that is said in it. That it was made stands in the topic `northstar/threads` of its tenant,
/// which the list is read from.
final class ThreadOperations {
  static final String REGISTER = "northstar/threads";

  private static final String CREATED = "thread_created";
  private static final int MAX_PAGE = 500;
  private static final int DEFAULT_PAGE = 100;

  private final Equipment equipment;

  ThreadOperations(Equipment equipment) {
    this.equipment = equipment;
  }

  // Making.

  /// `POST /chat/threads`: with the participants, or without.
  void create(Call call) {
    String id = UUID.randomUUID().toString().replace("-", "");
    String topic = "thread/" + id;
    if (!call.who().publish().allows(topic)) {
      throw new Refusal(Envelope.of(Envelope.GENERAL, "May not create threads", 403, null));
    }
    List<Json> participants = participants(call.body());
    String thread = thread(id, call, participants);
    Publication event =
        new Publication(
            new TopicKey[] {new TopicKey(call.who().tenant(), REGISTER)},
            equipment.types().of(CREATED, null),
            Publication.NO_IDS,
            0,
            0,
            Unpooled.wrappedBuffer(thread.getBytes(UTF_8)),
            0,
            thread.getBytes(UTF_8).length);
    Publication declaration =
        HubThreads.declaration(
            call.who().tenant(), topic, equipment.types(), readers(call, participants));
    Batch batch =
        new Batch(
                List.of(declaration, event),
                Unpooled.EMPTY_BUFFER,
                done -> Call.attempt(call.exchange(), "chat", () -> created(call, done, thread)))
            .awaited();
    if (!call.shard().publish(batch)) {
      throw new RequestException(
          ErrorCode.OVERLOADED, "publish: no room (expected: again in a moment)");
    }
  }

  private static void created(Call call, Batch done, String thread) {
    var _ = NativeSurface.published(done, 0);
    call.respond(thread);
  }

  private static List<Json> participants(Json body) {
    List<Json> participants = body.isArray() ? body.elements() : body.elements("participants");
    if (participants.size() >= TopicReaders.MAX_USERS) {
      throw new Refusal(
          Envelope.invalid("participants: too many (expected: < " + TopicReaders.MAX_USERS + ")"));
    }
    for (Json each : participants) {
      String id = each.text("id");
      if (id == null || id.isEmpty() || id.length() > TopicReaders.MAX_NAME_BYTES) {
        throw new Refusal(Envelope.invalid("participants.id: none (expected: 1-255 characters)"));
      }
    }
    return participants;
  }

  private static Readers readers(Call call, List<Json> participants) {
    Set<String> users = new LinkedHashSet<>();
    if (!call.who().user().isEmpty()) {
      users.add(call.who().user());
    }
    participants.forEach(each -> users.add(String.valueOf(each.text("id"))));
    return new Readers(true, users, Set.of());
  }

  private static String thread(String id, Call call, List<Json> participants) {
    ByteBuf json = Unpooled.buffer(256);
    JsonObjectWriter thread = new JsonObjectWriter(json).text("id", id).name("participants");
    json.writeByte('[');
    for (int i = 0; i < participants.size(); i++) {
      if (i > 0) {
        json.writeByte(',');
      }
      Json each = participants.get(i);
      JsonObjectWriter contact =
          new JsonObjectWriter(json).text("id", String.valueOf(each.text("id")));
      Envelope.orNull(contact, "display_name", each.text("display_name"));
      Envelope.orNull(contact, "handle", each.text("handle")).end();
    }
    json.writeByte(']');
    thread.text("created_at", NorthstarTime.text(call.shard().clock().millis()));
    Envelope.orNull(thread, "title", call.body().text("title")).end();
    return json.toString(UTF_8);
  }

  // Listing.

  /// `GET /chat/threads`: the newest threads that were made and that the caller may read.
  void list(Call call) {
    call.shard()
        .read(
            new TopicKey(call.who().tenant(), REGISTER),
            log -> Call.attempt(call.exchange(), "chat", () -> list(call, log)));
  }

  private static void list(Call call, @Nullable TopicLog log) {
    if (log == null) {
      call.respond("[]");
      return;
    }
    int limit = MAX_PAGE;
    ThreadPages.Page page =
        ThreadPages.read(
            log,
            log.lastSequence() - limit,
            limit,
            (_, event, offset, length, out) -> writeReadable(call, event, offset, length, out));
    call.respond("[" + page.json() + "]");
  }

  private static void writeReadable(Call call, ByteBuf event, int offset, int length, ByteBuf out) {
    Json thread = Json.parse("event", event, offset, length).object("data");
    String id = thread.text("id");
    if (id == null) {
      return;
    }
    boolean owned = call.shard().readership().isOwned("thread/" + id);
    boolean readable =
        owned ? isParticipant(call, thread) : call.who().subscribe().allows("thread/" + id);
    if (readable) {
      out.writeCharSequence(thread.text(), UTF_8);
    }
  }

  /// Where declarations decide, those see a thread who were declared when it was made.
  private static boolean isParticipant(Call call, Json thread) {
    if (call.who().own().allows("thread/" + thread.text("id"))) {
      return true;
    }
    for (Json each : thread.elements("participants")) {
      if (call.who().user().equals(each.text("id"))) {
        return true;
      }
    }
    return false;
  }

  // Reading.

  /// `GET /chat/threads/{thread_id}/messages`: the newest as an array, the older form; or from a
  /// cursor on, when a `cursor` or a `limit` is given.
  void messages(Call call) {
    String topic = call.topic("chat");
    String cursor = call.exchange().query().first("cursor");
    String limit = call.exchange().query().first("limit");
    boolean newer = cursor != null || limit != null;
    int most = newer ? limit(limit) : MAX_PAGE;
    if (!call.mayRead(topic)) {
      throw new Refusal(Envelope.notFound("chat"));
    }
    call.threads()
        .find(
            call.who(),
            topic,
            cursor,
            found ->
                Call.attempt(
                    call.exchange(),
                    "chat",
                    () -> {
                      if (found == null) {
                        throw new Refusal(Envelope.notFound("chat"));
                      }
                      if (found.start() == null) {
                        throw new Refusal(Envelope.cursorInvalid(String.valueOf(cursor), "chat"));
                      }
                      read(call, topic, found, newer, most);
                    }));
  }

  private static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT_PAGE;
    }
    int limit = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > MAX_PAGE) {
      throw new Refusal(Envelope.invalid("query.limit: invalid (expected: 1-" + MAX_PAGE + ")"));
    }
    return limit;
  }

  private static void read(Call call, String topic, Threads.Found found, boolean newer, int most) {
    StartPoint since =
        found.start() instanceof StartPoint.After after ? after : StartPoint.EARLIEST;
    call.shard()
        .read(
            new TopicKey(call.who().tenant(), topic),
            newer ? since : StartPoint.NOW,
            log ->
                Call.attempt(
                    call.exchange(),
                    "chat",
                    () -> {
                      String json = log == null ? none(newer) : page(log, found, newer, most);
                      // After reading, so that nothing is told that was published for others.
                      if (!call.shard().readership().admits(call.who(), topic, log)) {
                        throw new Refusal(Envelope.notFound("chat"));
                      }
                      call.respond(json);
                    }));
  }

  private static String none(boolean newer) {
    return newer ? "{\"messages\":[],\"cursor\":null}" : "[]";
  }

  private static String page(TopicLog log, Threads.Found found, boolean newer, int most) {
    NorthstarMessage message = new NorthstarMessage();
    long epoch = log.epoch();
    if (!newer) {
      ThreadPages.Page page =
          ThreadPages.read(
              log,
              log.lastSequence() - most,
              most,
              (sequence, event, offset, length, out) ->
                  message.append(epoch, sequence, event, offset, length, out));
      return "[" + page.json() + "]";
    }
    long after = found.start() instanceof StartPoint.After(Cursor cursor) ? cursor.sequence() : 0;
    ThreadPages.Page page =
        ThreadPages.read(
            log,
            after,
            most,
            (sequence, event, offset, length, out) ->
                message.appendEntry(epoch, sequence, event, offset, length, out));
    ByteBuf json = Unpooled.buffer(64 + page.json().length());
    JsonObjectWriter answer = new JsonObjectWriter(json).raw("messages", "[" + page.json() + "]");
    if (page.last() == 0) {
      answer.raw("cursor", "null");
    } else {
      answer.text("cursor", new Cursor(epoch, page.last()).toString());
    }
    answer.end();
    return json.toString(UTF_8);
  }
}

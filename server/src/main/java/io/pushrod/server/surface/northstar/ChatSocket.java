package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.guard.Action;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.northstar.Threads.Found;
import io.pushrod.server.surface.northstar.Tickets.Ticket;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A chat socket: waits for a hello where one is due, finds the thread, reads it, and takes what
/// its user says.
///
/// The order of its frames is: what is stored, a `resume_cursor` if the thread has had any event,
/// `presence_state` online, what follows. That its user has left the thread is told by the presence
/// of the topic.
///
/// **Thread:** the connection's shard.
final class ChatSocket implements Conversation {
  static final int CLOSE_CODE = 4003;
  static final String HELLO_REQUIRED = "hello required";
  private static final String KIND = "chat";
  private static final int FROM_HELLO = 401;
  private static final int MAX_HELD = 32;

  private enum State {
    /// For a hello, or for the end of the grace.
    WAITING,
    /// For the thread.
    JOINING,
    /// It may speak.
    READY
  }

  private final Line line;
  private final Upgrade upgrade;
  private final Threads threads;
  private final Studio studio;
  private final Profile profile;
  private final ArrayDeque<Json> held = new ArrayDeque<>(0);
  private State state = State.WAITING;
  private String topic = "";
  private @Nullable Context context;
  private boolean resumes;
  private boolean ended;

  ChatSocket(Line line, Upgrade upgrade, Threads threads, Studio studio) {
    this.line = line;
    this.upgrade = upgrade;
    this.threads = threads;
    this.studio = studio;
    this.profile = Gate.profile(line.row());
  }

  // Waiting.

  @Override
  public void onOpen() {
    Envelope refusal = upgrade.refusal();
    if (refusal != null) {
      refuse(refusal);
    } else if (profile == Profile.N1 || profile == Profile.N2) {
      joinByUpgrade();
    } else if (!graceful()) {
      line.wake(studio.handshakeNanos());
    } else if (upgrade.hasEnv()) {
      joinByUpgrade();
    } else {
      line.wake(studio.graceNanos());
    }
  }

  /// Whether it may begin without a hello: a bearer of a ticket always says one.
  private boolean graceful() {
    return profile == Profile.ANY && line.identity() != null && upgrade.ticket() == null;
  }

  @Override
  public void onDue() {
    if (state != State.WAITING) {
      return;
    }
    if (graceful()) {
      joinByUpgrade();
    } else {
      line.close(CloseReason.HANDSHAKE_TIMEOUT, helloRequired());
    }
  }

  private void joinByUpgrade() {
    attempt(
        () -> {
          Identity who = line.identity();
          if (who == null) {
            throw new Refusal(Envelope.ticketMissing(KIND));
          }
          if (profile == Profile.ANY && upgrade.claims().isContext() && !upgrade.hasEnv()) {
            upgrade.claims().complete(KIND);
          }
          join(who, upgrade.claims().judged(who, KIND, 403), upgrade.cursor());
        });
  }

  private void hello(Json frame) {
    String said = frame.text("ticket");
    String text = said == null ? upgrade.ticket() : said;
    Identity known = upgrade.ticket() == null ? line.identity() : null;
    if (known == null && text == null) {
      throw new Refusal(Envelope.ticketMissing(KIND));
    }
    Claims claims = Claims.of(frame.object("context"), KIND);
    Ticket ticket = text == null ? null : studio.gate().ticket(text, KIND);
    if (ticket != null) {
      claims = claims.over(ticket.claims(), KIND);
    }
    if (claims.get("tenant_id") == null) {
      throw Claims.mismatch("tenant_id is required in hello context", KIND);
    }
    claims.complete(KIND);
    Identity who =
        known == null
            ? studio.gate().admit(upgrade.metrics(), Objects.requireNonNull(ticket))
            : known;
    Context judged = claims.judged(who, KIND, FROM_HELLO);
    if (line.identity() != null || line.identify(who)) {
      String cursor = frame.text("last_event_id");
      join(who, judged, cursor == null || cursor.isEmpty() ? upgrade.cursor() : cursor);
    }
  }

  // Joining.

  private void join(Identity who, Context judged, @Nullable String cursor) {
    state = State.JOINING;
    line.wake(0);
    context = judged;
    Row.Topic thread = line.row().topics().getFirst();
    String name = line.expand(thread.template());
    if (name == null || !line.mayRead(thread)) {
      throw new Refusal(accessDenied());
    }
    topic = name;
    resumes = cursor != null;
    if (!line.takePlace(name)) {
      throw new Refusal(Envelope.of("chat.too_many_connections", "Thread is full", 429, KIND));
    }
    threads.find(who, name, cursor, found -> attempt(() -> joined(judged, found, cursor)));
  }

  private void joined(Context judged, @Nullable Found found, @Nullable String cursor) {
    if (found == null) {
      throw new Refusal(accessDenied());
    }
    StartPoint start = found.start();
    if (start == null) {
      throw new Refusal(Envelope.cursorInvalid(String.valueOf(cursor), KIND));
    }
    state = State.READY;
    if (studio.saysPresence()) {
      threads.announce(judged, topic, () -> read(start));
    } else {
      read(start);
    }
    for (Json frame = held.poll(); frame != null; frame = held.poll()) {
      act(frame, judged);
    }
  }

  private void read(StartPoint start) {
    if (!ended) {
      line.read(topic, start);
    }
  }

  static Envelope accessDenied() {
    return Envelope.of("chat.access_denied", "Thread not found", 404, KIND);
  }

  // Reading.

  @Override
  public @Nullable EventRenderer replayRenderer() {
    return studio.replay();
  }

  @Override
  public void onLive(String live, String cursor) {
    Context judged = context;
    if (judged == null || !studio.saysPresence()) {
      return;
    }
    Said said = Said.in(live, judged, studio.env());
    if (resumes || Cursor.parse(cursor).sequence() > 0) {
      line.say("resume_cursor", said.resumeCursor("resume-" + cursor, cursor, studio.nowMillis()));
    }
    line.say("presence_state", said.online("presence-" + line.id(), studio.nowMillis()));
  }

  // What the client says.

  @Override
  public void onText(ByteBuf text, int offset, int length) {
    if (text.toString(offset, Math.min(length, 5), UTF_8).equals("ping")) {
      line.say("pong", "pong");
      return;
    }
    Json frame = parsed(text, offset, length);
    if (frame == null) {
      malformed();
      return;
    }
    switch (state) {
      case WAITING -> attempt(() -> first(frame));
      case JOINING -> hold(frame);
      case READY -> act(frame, Objects.requireNonNull(context));
    }
  }

  private static @Nullable Json parsed(ByteBuf text, int offset, int length) {
    try {
      Json frame = Json.parse("frame", text, offset, length);
      return frame.isObject() ? frame : null;
    } catch (RequestException e) {
      return null;
    }
  }

  /// After the handshake a frame that makes no sense is told of, and harms nobody.
  private void malformed() {
    upgrade.metrics().count(Counter.COMMAND_ERRORS);
    if (state == State.WAITING && !graceful()) {
      line.close(CloseReason.UNAUTHENTICATED, helloRequired());
    } else {
      line.say("error", Envelope.invalid("frame: not a JSON object (expected: one)").json());
    }
  }

  private void first(Json frame) {
    if ("hello".equals(frame.text("type"))) {
      hello(frame);
    } else if (graceful()) {
      hold(frame);
      joinByUpgrade();
    } else if (line.identity() == null && upgrade.ticket() == null) {
      throw new Refusal(Envelope.ticketMissing(KIND));
    } else {
      throw Claims.mismatch("first message must be type='hello'", KIND);
    }
  }

  private void hold(Json frame) {
    if (held.size() == MAX_HELD) {
      upgrade.metrics().count(Counter.COMMAND_ERRORS);
      line.close(CloseReason.POLICY, Farewell.of(1008, "too many frames before the first answer"));
    } else {
      held.add(frame);
    }
  }

  private void act(Json frame, Context by) {
    String type = frame.text("type");
    if (type == null) {
      return;
    }
    switch (type) {
      case "ping" -> line.say("pong", "{\"type\":\"pong\"}");
      case "message" -> message(frame, by);
      case "gesture" -> post(Post.gesture(by, topic, frame.object("data")));
      default -> {
        // presence_ping, CANVAS_READY and whatever newer clients say
      }
    }
  }

  private void message(Json frame, Context by) {
    String text = frame.text("text");
    if (text != null && !text.isEmpty()) {
      String scope = frame.object("scope").members().isEmpty() ? null : frame.raw("scope");
      String sender = Post.contact(by.user());
      post(Post.message(by, topic, Action.CHAT_SEND, sender, text, "user", scope));
    }
  }

  private void post(Post post) {
    Identity who = line.identity();
    if (who != null) {
      threads.post(
          who,
          post,
          new Threads.Answer() {
            @Override
            public void posted(Cursor cursor, long millis) {}

            @Override
            public void refused(Envelope why) {
              if (why.gate() == null) {
                line.say("error", why.json());
              } else {
                line.close(CloseReason.KILL_SWITCH, Farewell.of(CLOSE_CODE, why.code()));
              }
            }
          });
    }
  }

  // The end.

  private void attempt(Runnable step) {
    if (ended) {
      return;
    }
    try {
      step.run();
    } catch (Refusal e) {
      refuse(e.envelope());
    } catch (RequestException e) {
      refuse(Envelope.of(e, KIND));
    }
  }

  private void refuse(Envelope why) {
    upgrade.metrics().count(Counter.COMMAND_ERRORS);
    line.close(
        why.status() == 401 ? CloseReason.UNAUTHENTICATED : CloseReason.FORBIDDEN, farewell(why));
  }

  static Farewell farewell(Envelope why) {
    return Farewell.of(why.json(), CLOSE_CODE, why.code());
  }

  private static Farewell helloRequired() {
    return Farewell.of(CLOSE_CODE, HELLO_REQUIRED);
  }

  @Override
  public @Nullable Farewell farewell(CloseReason reason) {
    return switch (reason) {
      case HANDSHAKE_TIMEOUT -> helloRequired();
      case KILL_SWITCH -> Farewell.of(CLOSE_CODE, "kill_switch.blocked");
      default -> null;
    };
  }

  @Override
  public String heartbeat() {
    return "{\"type\":\"ping\"}";
  }

  @Override
  public void onEnd() {
    ended = true;
  }
}

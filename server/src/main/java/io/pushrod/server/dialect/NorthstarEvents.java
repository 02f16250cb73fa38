package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.NorthstarEvent.Ids;
import io.pushrod.server.dialect.NorthstarEvent.Meta;
import io.pushrod.server.dialect.NorthstarEvent.Persist;
import io.pushrod.server.dialect.NorthstarEvent.Priority;
import org.jspecify.annotations.Nullable;

/// Renders native events as Northstar's `StreamEvent`.
///
/// A type keeps its name. Chat messages are `user_message` or `agent_message`, by who says them; a
/// message whose text is itself `{"type":…,"data":…}` has the type and the data that it wraps.
///
/// **Thread:** one shard.
public final class NorthstarEvents implements EventRenderer {
  /// Who reads.
  public enum Shape {
    /// A chat socket, from now on.
    SOCKET,
    /// A chat socket, what is stored: messages are `chat_message` and say their scope.
    REPLAY,
    /// A chat stream, which does not say who is there.
    STREAM,
    /// A canvas stream.
    CANVAS
  }

  static final String GAP = "gap";
  static final String GESTURE = "gesture";
  static final String PRESENCE = "presence_state";
  static final String LEAVE = "presence_leave";

  private final Shape shape;
  private final NorthstarSource source = new NorthstarSource();
  private final NorthstarCanvas canvas = new NorthstarCanvas(source);
  private final WrappedText wrapped = new WrappedText();
  private final ByteBuf data = Unpooled.buffer(512);
  private final ByteBuf json = Unpooled.buffer(1024);
  private String name = "";
  private @Nullable String wrappedRequest;
  private boolean stored;

  public NorthstarEvents(Shape shape) {
    this.shape = shape;
  }

  @Override
  public boolean render(long epoch, long sequence, ByteBuf from, int offset, int length) {
    source.read(epoch, sequence, from, offset, length);
    stored = sequence >= 0;
    wrappedRequest = null;
    if (isUnsaid(source.type())) {
      return false;
    }
    data.clear();
    if (shape == Shape.CANVAS && !source.type().equals(GAP)) {
      name = canvas.render(data);
    } else if (source.isMessage()) {
      message();
    } else {
      name = source.type();
      if (name.equals(LEAVE)) {
        name = PRESENCE;
        source.appendLeaver(data);
      } else {
        payload();
      }
    }
    json.clear();
    new NorthstarEvent(name, source.millis(), source.eventId(), ids(), source.routing(), meta())
        .write(json, data);
    return true;
  }

  /// Whoever comes to a chat socket is announced by that; of the presence of topics only the end is
  /// told.
  private boolean isUnsaid(String type) {
    return type.startsWith("presence_")
        && (shape == Shape.STREAM || !(type.equals(PRESENCE) || type.equals(LEAVE)));
  }

  private void message() {
    if (wrapped.read(String.valueOf(source.message.text("text"))) && wrapped.isEvent()) {
      name = wrapped.type();
      wrappedRequest = wrapped.request();
      wrapped.appendData(data);
      return;
    }
    String role = source.role();
    name =
        shape == Shape.REPLAY
            ? "chat_message"
            : role.equals("agent") ? "agent_message" : "user_message";
    JsonObjectWriter object = new JsonObjectWriter(data).name("text");
    source.message.append("text", data);
    object.text("role", role);
    if (shape == Shape.REPLAY) {
      object.name("scope");
      if (source.message.has("scope")) {
        source.message.append("scope", data);
      } else {
        ByteBufUtil.writeAscii(data, "null");
      }
    }
    source.message.appendOthers(data);
    object.end();
  }

  /// What is no object stands in one.
  private void payload() {
    if (source.type().equals("token_chunk")) {
      TokenChunk.append(source.top, data);
    } else if (source.payload.isObject()) {
      appendOthers(source.payload, data);
    } else {
      JsonObjectWriter object = new JsonObjectWriter(data);
      if (source.top.has("data")) {
        object.name("value");
        source.top.append("data", data);
      }
      object.end();
    }
  }

  /// Appends an object of the members that were not looked for.
  static void appendOthers(NamedMembers members, ByteBuf out) {
    int begin = out.writerIndex();
    members.appendOthers(out);
    if (out.writerIndex() == begin) {
      out.writeByte('{');
    } else {
      out.setByte(begin, '{');
    }
    out.writeByte('}');
  }

  private Ids ids() {
    String request = wrappedRequest == null ? source.top.text("request_id") : wrappedRequest;
    String run = source.top.text("run_id");
    String step = source.top.text("step_id");
    if (isOfChat()) {
      run = run == null ? source.place() : run;
      step = step == null ? step() : step;
    }
    return new Ids(request, run, step);
  }

  private boolean isOfChat() {
    return shape != Shape.CANVAS
        && (source.isMessage() || name.equals(GESTURE) || name.equals(PRESENCE));
  }

  private String step() {
    return switch (name) {
      case GESTURE -> GESTURE;
      case PRESENCE -> source.type().equals(LEAVE) ? "presence_offline" : "presence_online";
      default -> source.eventId();
    };
  }

  private Meta meta() {
    String last = stored && shape != Shape.CANVAS ? source.eventId() : null;
    if (name.contains(GESTURE)) {
      return new Meta(Priority.GESTURE, Persist.NEVER, last);
    }
    boolean passing = !stored || name.equals(GAP);
    return new Meta(
        shape == Shape.CANVAS && !passing ? Priority.TRUTH : Priority.INFO,
        passing ? Persist.NEVER : Persist.ALWAYS,
        last);
  }

  /// The cursor; what is not stored has none.
  @Override
  public void writeId(ByteBuf out) {
    if (stored) {
      ByteBufUtil.writeAscii(out, source.eventId());
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ByteBuf json() {
    return json;
  }
}

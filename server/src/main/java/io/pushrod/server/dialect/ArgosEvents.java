package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import java.util.Set;

/// Renders events for clients of Argos: `{"type","timestamp",…}` with the members of the payload as
/// the producer wrote them, whatever the type. A time in the payload counts for more than the
/// event's own.
///
/// **Thread:** one shard.
public final class ArgosEvents implements EventRenderer {
  private static final byte[] ID = "id".getBytes(US_ASCII);
  private static final Set<String> ENDS = Set.of("completed", "failed", "cancelled");

  private final NativeEvent event = new NativeEvent();
  private final DockrionJson json = new DockrionJson(event);

  @Override
  public boolean render(long epoch, long sequence, ByteBuf source, int offset, int length) {
    event.read(source, offset, length);
    json.begin();
    json.text("type", event.type());
    if (!json.ifThere("timestamp")) {
      json.beginText("timestamp");
      IsoTime.append(json.bytes(), event.timestampMillis(), "+00:00");
      json.endText();
    }
    json.rest();
    json.end();
    return true;
  }

  /// The event's type.
  @Override
  public String name() {
    return event.type();
  }

  @Override
  public ByteBuf json() {
    return json.bytes();
  }

  /// Whether the event rendered last is the end of this resource: by its type, or by the status
  /// that it shows.
  public boolean ends(ArgosResource resource, String id) {
    return resource.owns(event.type())
        && event.find(resource.key())
        && event.findWithin("id")
        && event.isText(id)
        && showsEnd(event, resource);
  }

  /// Whether a native event shows the state of such a resource.
  public static boolean isState(ArgosResource resource, String nativeJson) {
    NativeEvent event = read(nativeJson);
    return resource.owns(event.type()) && event.find(resource.key());
  }

  /// Whether a native event is about this resource.
  public static boolean isAbout(ArgosResource resource, String id, String nativeJson) {
    NativeEvent event = read(nativeJson);
    return resource.owns(event.type())
        && event.find(resource.key())
        && event.findWithin("id")
        && event.isText(id);
  }

  private static NativeEvent read(String nativeJson) {
    ByteBuf source = Unpooled.copiedBuffer(nativeJson, UTF_8);
    NativeEvent event = new NativeEvent();
    event.read(source, 0, source.readableBytes());
    return event;
  }

  private static boolean showsEnd(NativeEvent event, ArgosResource resource) {
    if (ENDS.contains(event.type().substring(resource.family().length() + 1))) {
      return true;
    }
    return event.find(resource.key())
        && event.findWithin("status")
        && ENDS.stream().anyMatch(event::isText);
  }

  /// The cursor of a native event.
  public static String id(String nativeJson) {
    ByteBuf source = Unpooled.copiedBuffer(nativeJson, UTF_8);
    JsonMembers members = new JsonMembers().reset(source, 0, source.readableBytes());
    while (members.next()) {
      if (members.nameEquals(ID)) {
        return JsonStrings.decode(source, members.valueOffset(), members.valueLength());
      }
    }
    throw new IllegalArgumentException("event: no id (expected: a stored event)");
  }

  /// The state of a resource, as the first frame shows it.
  ///
  /// @param json `{"type":"….created",…}` with the resource and no time
  /// @param isFinished whether it has completed, failed or been cancelled
  /// @param millis when the event was published, since the epoch
  public record Snapshot(String json, boolean isFinished, long millis) {
    /// Out of the resource's latest event; an object without members where that shows none.
    public static Snapshot of(ArgosResource resource, String nativeJson) {
      NativeEvent event = read(nativeJson);
      ByteBuf out = Unpooled.buffer(nativeJson.length() + 64);
      JsonObjectWriter frame = new JsonObjectWriter(out).text("type", resource.created());
      if (event.find(resource.key())) {
        frame.name(resource.key());
        event.appendValue(out);
      } else {
        frame.raw(resource.key(), "{}");
      }
      frame.end();
      return new Snapshot(
          out.toString(UTF_8),
          resource.owns(event.type()) && showsEnd(event, resource),
          event.timestampMillis());
    }
  }
}

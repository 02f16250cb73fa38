package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// What CIRIS says on its streams apart from events, each frame as one line of JSON. Times are in
/// milliseconds since the epoch.
public final class CirisFrames {
  private CirisFrames() {}

  /// Always the first frame of a stream.
  ///
  /// @param role null for one who has none
  public static String auth(long millis, String user, @Nullable String role) {
    ByteBuf data = Unpooled.buffer(128);
    JsonObjectWriter members =
        new JsonObjectWriter(data).bool("authenticated", true).text("user_id", user);
    if (role == null) {
      members.raw("role", "null");
    } else {
      members.text("role", role);
    }
    members.end();
    return frame("auth", millis, data);
  }

  public static String heartbeat(long millis) {
    return frame("heartbeat", millis, object("status", "alive"));
  }

  /// A metric that says no more than that there is one.
  public static String pulse(long millis) {
    ByteBuf data = Unpooled.buffer(96);
    new JsonObjectWriter(data)
        .text("metric_name", "system.heartbeat")
        .raw("value", "1.0")
        .text("unit", "count")
        .raw("tags", "{}")
        .end();
    return frame("telemetry", millis, data);
  }

  /// The answer to the first request for streams.
  public static String subscribed(
      long millis, Collection<String> subscribed, Collection<String> denied) {
    return answered(millis, null, subscribed, denied);
  }

  /// The answer to any other.
  ///
  /// @param added what was asked for and granted
  /// @param subscribed all that is granted by now
  public static String added(
      long millis,
      Collection<String> added,
      Collection<String> subscribed,
      Collection<String> denied) {
    return answered(millis, added, subscribed, denied);
  }

  private static String answered(
      long millis,
      @Nullable Collection<String> added,
      Collection<String> subscribed,
      Collection<String> denied) {
    ByteBuf data = Unpooled.buffer(256);
    JsonObjectWriter members = new JsonObjectWriter(data);
    if (added != null) {
      texts(data, members, "added", added);
    }
    texts(data, members, "subscribed", subscribed);
    texts(data, members, "denied", denied);
    members.end();
    return frame("subscribe", millis, data);
  }

  public static String removed(long millis, Collection<String> removed) {
    ByteBuf data = Unpooled.buffer(128);
    JsonObjectWriter members = new JsonObjectWriter(data);
    texts(data, members, "removed", removed);
    members.end();
    return frame("unsubscribe", millis, data);
  }

  /// The one frame without a time.
  public static String error(String message) {
    ByteBuf out = Unpooled.buffer(128);
    JsonObjectWriter frame = new JsonObjectWriter(out).text("type", "error").name("data");
    out.writeBytes(object("message", message));
    frame.end();
    return out.toString(UTF_8);
  }

  // Channels.

  public static String subscriptionUpdate(long millis, Collection<String> channels) {
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter frame = new JsonObjectWriter(out).text("type", "subscription_update");
    texts(out, frame, "channels", channels);
    timestamp(out, frame, millis);
    frame.end();
    return out.toString(UTF_8);
  }

  public static String pong(long millis) {
    ByteBuf out = Unpooled.buffer(64);
    JsonObjectWriter frame = new JsonObjectWriter(out).text("type", "pong");
    timestamp(out, frame, millis);
    frame.end();
    return out.toString(UTF_8);
  }

  // The reasoning stream.

  public static String connected(long millis) {
    ByteBuf out = Unpooled.buffer(64);
    JsonObjectWriter frame = new JsonObjectWriter(out).text("status", "connected");
    timestamp(out, frame, millis);
    frame.end();
    return out.toString(UTF_8);
  }

  public static String time(long millis) {
    ByteBuf out = Unpooled.buffer(48);
    JsonObjectWriter frame = new JsonObjectWriter(out);
    timestamp(out, frame, millis);
    frame.end();
    return out.toString(UTF_8);
  }

  /// @param name of the only member
  public static String text(String name, String value) {
    return object(name, value).toString(UTF_8);
  }

  private static ByteBuf object(String name, String value) {
    ByteBuf out = Unpooled.buffer(64);
    new JsonObjectWriter(out).text(name, value).end();
    return out;
  }

  private static String frame(String type, long millis, ByteBuf data) {
    ByteBuf out = Unpooled.buffer(data.readableBytes() + 64);
    JsonObjectWriter frame = new JsonObjectWriter(out).text("type", type);
    timestamp(out, frame, millis);
    frame.name("data");
    out.writeBytes(data);
    frame.end();
    return out.toString(UTF_8);
  }

  private static void timestamp(ByteBuf out, JsonObjectWriter frame, long millis) {
    frame.name("timestamp");
    out.writeByte('"');
    IsoTime.append(out, millis, "Z");
    out.writeByte('"');
  }

  private static void texts(
      ByteBuf out, JsonObjectWriter frame, String name, Collection<String> texts) {
    frame.name(name);
    JsonStrings.writeArray(out, texts);
  }
}

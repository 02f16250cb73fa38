package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Renders events of a session as KDCube's envelopes, for one stream.
///
/// - What KDCube's own services and the surface itself publish has `{"target_sid":<stream id or
///   null>,"env":{…}}` as its payload: the envelope is shown as it is, under the event's type, to
///   the stream that it is meant for.
/// - A payload that is an envelope itself, of a type that is KDCube's, is shown as it is.
/// - Any other event is put into an envelope by [KdcubeNative].
///
/// Ids are random: nobody resumes from one.
///
/// **Thread:** one shard.
public final class KdcubeEvents implements EventRenderer {
  /// Types of envelopes and what their events are called.
  private static final Map<String, String> EVENTS =
      Map.of(
          "chat.start", "chat_start",
          "chat.step", "chat_step",
          "chat.delta", "chat_delta",
          "chat.complete", "chat_complete",
          "chat.error", "chat_error",
          "chat.service", "chat_service",
          "chat.compaction", "chat_compaction",
          "conv.status", "conv_status");

  private static final Set<String> NAMES = Set.copyOf(EVENTS.values());

  private final @Nullable String streamId;
  private final NativeEvent event = new NativeEvent();
  private final KdcubeNative natives = new KdcubeNative(event);
  private final ByteBuf envelope = Unpooled.buffer(1024);
  private String name = "";

  /// @param streamId of the stream, or the id of the socket; null for one that is never meant
  public KdcubeEvents(@Nullable String streamId) {
    this.streamId = streamId;
  }

  @Override
  public boolean render(long epoch, long sequence, ByteBuf source, int offset, int length) {
    event.read(source, offset, length);
    String type = event.type();
    if (event.find("env") && event.valueBegin() == '{') {
      envelope.clear();
      event.appendValue(envelope);
      name = EVENTS.getOrDefault(type, type);
      return isMeant();
    }
    if (isEnvelope(type)) {
      envelope.clear();
      event.appendData(envelope);
      name = EVENTS.getOrDefault(type, type);
      return true;
    }
    name = natives.write(envelope.clear(), sequence);
    return !name.isEmpty();
  }

  private boolean isMeant() {
    if (!event.find("target_sid") || event.valueBegin() != '"') {
      return true;
    }
    return streamId != null && event.isText(streamId);
  }

  private boolean isEnvelope(String type) {
    return (EVENTS.containsKey(type) || NAMES.contains(type))
        && event.find("conversation")
        && event.valueBegin() == '{';
  }

  @Override
  public void writeId(ByteBuf out) {
    ByteBufUtil.writeAscii(out, UUID.randomUUID().toString());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ByteBuf json() {
    return envelope;
  }
}

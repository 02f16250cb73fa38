package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.NativeConnection;
import io.pushrod.server.surface.NativeSurface;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// An event stream of the native dialect. Nothing leaves before every topic that it was opened with
/// has a cursor, because the first frame carries the id to resume from. Another dialect may
/// override what is said besides events; the order of things stays.
///
/// **Thread:** its shard.
class SseConnection extends NativeConnection {
  private final SseSettings settings;
  private final SseFormat form;
  private @Nullable CompositeFormat composite;
  private int awaited;

  SseConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      SseSettings settings,
      long number,
      SseFormat form) {
    super(channel, shard, surface, number);
    this.settings = settings;
    this.form = form;
  }

  @Override
  public final Transport transport() {
    return Transport.SSE;
  }

  /// How whatever this stream carries is wrapped.
  final SseFormat form() {
    return form;
  }

  /// Begins the stream; the first frame follows once `topics` subscriptions stand.
  ///
  /// @return false when it ends at once, as its user has too many connections
  final boolean open(Identity identity, int topics) {
    awaited = topics;
    watch(identity);
    if (identity() == null) {
      hold();
      close(CloseReason.TOO_MANY_CONNECTIONS);
      return false;
    }
    tellIfDegraded(); // the topics may not be found before that is over
    hold();
    if (topics > 1) {
      composite = new CompositeFormat(this);
    }
    return true;
  }

  /// Ends a stream that never began, with the reason as its only content.
  final void refuse(CloseReason reason) {
    watch(null);
    close(reason);
  }

  /// One of the subscriptions that it was opened with stands, or was refused after all.
  final void onDecided() {
    awaited--;
    if (awaited == 0 && !closedWithoutTopics()) {
      greet();
    }
  }

  @Override
  public void onUnsubscribed(String topic, ErrorCode code, @Nullable Cursor cursor) {
    super.onUnsubscribed(topic, code, cursor);
    if (awaited == 0) {
      var _ = closedWithoutTopics();
    }
  }

  /// A stream that reads nothing any more is over.
  private boolean closedWithoutTopics() {
    if (subscriptions().isEmpty()) {
      close(CloseReason.FORBIDDEN);
    }
    return subscriptions().isEmpty();
  }

  private void greet() {
    letGo();
    ByteBuf text = channel().alloc().directBuffer(512);
    writeGreeting(text);
    if (text.isReadable()) {
      send(framed(text));
    } else {
      text.release();
    }
    shard().onWritable(this);
  }

  /// Appends what the stream begins with.
  void writeGreeting(ByteBuf text) {
    writeResumption(text);
    writeControl(text, welcome());
  }

  /// Appends when a client that lost the stream may come back, and with which id.
  final void writeResumption(ByteBuf text) {
    SseWriter.writeRetry(text, settings.retryMillis() + jitter(settings.retryMillis() / 2));
    SseWriter.writeId(text, lastEventId());
  }

  /// Appends what is no event.
  ///
  /// @param json becomes ours
  void writeControl(ByteBuf text, ByteBuf json) {
    SseWriter.writeEvent(text, json, json.readerIndex(), json.readableBytes());
    json.release();
  }

  private static long jitter(long atMostMillis) {
    return ThreadLocalRandom.current().nextLong(atMostMillis + 1);
  }

  /// What a browser sends back after a break.
  private String lastEventId() {
    if (composite != null) {
      return composite.id(null, 0);
    }
    Cursor cursor = subscriptions().getFirst().cursor();
    return String.valueOf(cursor);
  }

  @Override
  public EventFormat format() {
    return composite != null ? composite : form;
  }

  /// From now on every id says where the reader is in all topics: a second one is about to be
  /// added.
  @Override
  protected final void onSubscribing() {
    if (composite != null || subscriptions().isEmpty()) {
      return;
    }
    composite = new CompositeFormat(this);
    for (Subscription old : List.copyOf(subscriptions())) {
      Cursor cursor = old.cursor();
      StartPoint start = cursor == null ? old.start() : new StartPoint.After(cursor);
      shard().unsubscribe(old);
      Subscription again =
          new Subscription(
              this, old.key(), composite, old.filter(), old.policy(), start, false, _ -> {});
      add(again);
      shard().subscribe(again);
    }
  }

  /// Replies to commands go to the POST that brought them; this one has nowhere to go.
  @Override
  public final void reply(int status, ByteBuf json) {
    json.release();
  }

  @Override
  protected void control(ByteBuf json) {
    ByteBuf text = channel().alloc().directBuffer(json.readableBytes() + 32);
    writeControl(text, json);
    send(framed(text));
  }

  @Override
  protected long heartbeatNanos() {
    return settings.commentNanos();
  }

  @Override
  protected boolean beat() {
    metrics().count(Counter.HEARTBEATS_SENT);
    sendIfFree(form.comment().retainedDuplicate());
    return true;
  }

  @Override
  protected final @Nullable ByteBuf goodbye(CloseReason reason) {
    ByteBuf text = channel().alloc().directBuffer(512);
    writeFarewell(text, reason);
    ByteBuf out = text.isReadable() ? framed(text) : text;
    form.end(out);
    return out;
  }

  /// Appends what the stream ends with.
  void writeFarewell(ByteBuf text, CloseReason reason) {
    long retryAfterMillis = shard().retryAfterMillis(reason);
    if (reason.reconnect()) {
      long after = Math.max(retryAfterMillis, 1);
      SseWriter.writeRetry(text, after + jitter(Math.max(after, settings.retryMillis() / 2)));
    }
    writeControl(text, closeControl(reason, retryAfterMillis));
  }

  /// The socket is gone.
  void released() {}

  /// Takes ownership of `text` and returns it as the stream carries it.
  final ByteBuf framed(ByteBuf text) {
    ByteBuf out = channel().alloc().directBuffer(text.readableBytes() + 32);
    form.wrap(out, text);
    text.release();
    return out;
  }
}

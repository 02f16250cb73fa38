package io.pushrod.server.transport.socketio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.CompositeCursor;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.engineio.EnginePackets;
import io.pushrod.codec.engineio.PacketType;
import io.pushrod.codec.socketio.SocketIoFrames;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.SocketWriter;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.NativeConnection;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.socketio.NativeRenderer;
import io.pushrod.server.surface.socketio.SocketIoListener;
import io.pushrod.server.surface.socketio.SocketIoRenderer;
import io.pushrod.server.surface.socketio.SocketIoSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One client in one namespace: a connection on a pipe of its session.
///
/// **Thread:** its shard.
final class SocketConnection extends NativeConnection implements SocketIoSocket {
  private final SocketIoClient client;
  private final PipeChannel pipe;
  private final String namespace;
  private final String sid;

  /// What its client names to get it back; null where sockets are not recovered.
  private final @Nullable String pid;

  private final SocketIoListener listener;

  /// Where each subscription began, for a client that has got no event of it.
  private final Map<String, Cursor> begun = new HashMap<>();

  /// Topics whose subscription only changes its format.
  private final Set<String> rejoining = new HashSet<>();

  /// Whether it reads, or has read, several topics.
  private boolean many;

  /// Whether it is never to be recovered.
  private boolean left;

  /// Whether there is nobody any more to say goodbye to.
  private boolean cut;

  private boolean connected;
  private boolean saidGoodbye;
  private boolean settled;

  SocketConnection(
      SocketIoClient client,
      PipeChannel pipe,
      NativeSurface surface,
      String namespace,
      String sid,
      @Nullable String pid,
      SocketIoListener listener) {
    super(pipe, client.session().shard(), surface);
    this.client = client;
    this.pipe = pipe;
    this.namespace = namespace;
    this.sid = sid;
    this.pid = pid;
    this.listener = listener;
  }

  /// Takes a place for its user and begins to watch over it.
  ///
  /// @return false when there is no place
  boolean open(Identity who) {
    watch(who);
    return identity() != null;
  }

  /// Tells the client that it joined, and then the listener, once what it lost goes on.
  void begin(List<LostSocket.Topic> topics, Map<String, Cursor> cursors, boolean recovered) {
    connected = true;
    ByteBuf out = message(64);
    SocketIoFrames.connect(out, namespace, sid, pid);
    send(out.writeByte(EnginePackets.SEPARATOR));
    if (pid != null) {
      client.lost().lives(pid, this);
    }
    many = topics.size() > 1;
    for (LostSocket.Topic topic : topics) {
      goOn(topic, cursors.get(topic.name()));
    }
    listener.onConnected(this, recovered);
    tellIfDegraded();
  }

  private void goOn(LostSocket.Topic topic, @Nullable Cursor offset) {
    Cursor from = offset != null ? offset : topic.begun();
    StartPoint start = from == null ? topic.start() : new StartPoint.After(from);
    Subscription again =
        new Subscription(
            this,
            new TopicKey(who().tenant(), topic.name()),
            formatOf(topic.renderer()),
            topic.filter(),
            topic.policy(),
            start,
            false,
            _ -> {});
    add(again);
    shard().subscribe(again);
  }

  SocketIoListener listener() {
    return listener;
  }

  // What an app sees.

  @Override
  public String sid() {
    return sid;
  }

  @Override
  public String namespace() {
    return namespace;
  }

  @Override
  public Identity who() {
    Identity known = identity();
    if (known == null) {
      throw new IllegalStateException("socket: without identity (expected: joined)");
    }
    return known;
  }

  @Override
  public NativeConnection connection() {
    return this;
  }

  @Override
  public boolean isClosed() {
    return isClosing();
  }

  @Override
  public void execute(Runnable task) {
    shard().loop().execute(task);
  }

  @Override
  public void emit(String name, List<String> args, List<ByteBuf> attachments) {
    if (isClosing() || (saidGoodbye && !isFree())) {
      return;
    }
    List<String> all = args;
    if (pid != null) {
      all = new ArrayList<>(args);
      all.add('"' + offset() + '"');
    }
    ByteBuf out = message(256);
    SocketIoFrames.event(out, namespace, name, all, attachments.size());
    send(withAttachments(out, attachments));
  }

  /// Answers an event of the client.
  void acknowledge(long ackId, List<String> args, List<ByteBuf> attachments) {
    if (!isClosing()) {
      ByteBuf out = message(256);
      SocketIoFrames.ack(out, namespace, ackId, args, attachments.size());
      send(withAttachments(out, attachments));
    }
  }

  private ByteBuf message(int bytes) {
    return pipe.alloc().directBuffer(bytes).writeByte(PacketType.MESSAGE.digit());
  }

  /// One write, so that nothing comes between a packet and what belongs to it.
  private static ByteBuf withAttachments(ByteBuf packet, List<ByteBuf> attachments) {
    packet.writeByte(EnginePackets.SEPARATOR);
    for (ByteBuf each : attachments) {
      EnginePackets.writeBinary(packet, each, each.readerIndex(), each.readableBytes());
      packet.writeByte(EnginePackets.SEPARATOR);
    }
    return packet;
  }

  @Override
  public Subscription subscribe(
      String topic,
      StartPoint start,
      EventFilter filter,
      OverflowPolicy policy,
      SocketIoRenderer renderer,
      Subscription.Begun told) {
    if (subscription(topic) != null) {
      throw new RequestException(
          ErrorCode.ALREADY_SUBSCRIBED, "topic: " + topic + " (expected: one not subscribed yet)");
    }
    int limit = client.settings().subscriptions();
    if (subscriptions().size() >= limit) {
      metrics().count(Counter.LIMIT_SUBSCRIPTIONS_PER_CONNECTION);
      throw new RequestException(
          ErrorCode.TOO_MANY_SUBSCRIPTIONS,
          "subscriptions: " + (limit + 1) + " (expected: <= " + limit + ")");
    }
    onSubscribing();
    Subscription subscription =
        new Subscription(
            this,
            new TopicKey(who().tenant(), topic),
            formatOf(renderer),
            filter,
            policy,
            start,
            false,
            told);
    add(subscription);
    shard().subscribe(subscription);
    return subscription;
  }

  @Override
  public boolean unsubscribe(String topic) {
    Subscription subscription = subscription(topic);
    if (subscription != null) {
      shard().unsubscribe(subscription);
    }
    return subscription != null;
  }

  @Override
  public void disconnect(CloseReason reason) {
    close(reason);
  }

  // Formats and offsets.

  @Override
  public EventFormat format() {
    return formatOf(NativeRenderer.EVENTS);
  }

  private SocketFormat formatOf(SocketIoRenderer renderer) {
    return many && pid != null
        ? new ManyTopicsFormat(this, renderer)
        : client.formats().of(namespace, renderer, pid != null);
  }

  /// From now on every offset says where the reader is in all topics: a second one is about to be
  /// added.
  @Override
  protected void onSubscribing() {
    if (many || pid == null || subscriptions().isEmpty()) {
      return;
    }
    many = true;
    for (Subscription old : List.copyOf(subscriptions())) {
      SocketFormat format = new ManyTopicsFormat(this, rendererOf(old));
      if (old.log() == null) {
        old.reformat(format);
      } else {
        rejoin(old, format);
      }
    }
  }

  private void rejoin(Subscription old, SocketFormat format) {
    StartPoint start = new StartPoint.After(cursorOf(old));
    rejoining.add(old.key().name());
    shard().unsubscribe(old);
    Subscription again =
        new Subscription(
            this, old.key(), format, old.filter(), old.policy(), start, false, _ -> {});
    add(again);
    shard().subscribe(again);
  }

  private static Cursor cursorOf(Subscription subscription) {
    Cursor cursor = subscription.cursor();
    return cursor != null ? cursor : subscription.begunCursor();
  }

  private static SocketIoRenderer rendererOf(Subscription subscription) {
    return ((SocketFormat) subscription.format()).renderer();
  }

  @Override
  protected void onBegun(Subscription subscription) {
    String topic = subscription.key().name();
    if (!rejoining.remove(topic)) {
      begun.put(topic, subscription.begunCursor());
      forgetEnded();
    }
  }

  /// A socket may go through more topics than it can have at a time.
  private void forgetEnded() {
    if (begun.size() > client.settings().subscriptions()) {
      begun.keySet().removeIf(topic -> subscription(topic) == null);
      rejoining.removeIf(topic -> subscription(topic) == null);
    }
  }

  private String offset() {
    ByteBuf out = Unpooled.buffer(64);
    appendOffset(out, null, 0);
    return out.toString(US_ASCII);
  }

  /// Appends all cursors, with the one of `moving` at `sequence`.
  void appendOffset(ByteBuf out, @Nullable TopicLog moving, long sequence) {
    boolean first = true;
    for (Subscription subscription : subscriptions()) {
      Cursor cursor = subscription.cursor();
      if (cursor == null && subscription.start() instanceof StartPoint.After(Cursor asked)) {
        cursor = asked;
      }
      if (cursor != null) {
        if (!first) {
          out.writeByte(',');
        }
        first = false;
        byte[] topic = subscription.key().name().getBytes(US_ASCII);
        if (moving != null && subscription.log() == moving) {
          CompositeCursor.write(out, topic, moving.epochText(), sequence);
        } else {
          byte[] epoch = Cursor.epochText(cursor.epoch()).getBytes(US_ASCII);
          CompositeCursor.write(out, topic, epoch, cursor.sequence());
        }
      }
    }
  }

  // What a connection has to do.

  @Override
  public Transport transport() {
    return Transport.SOCKETIO;
  }

  @Override
  protected SocketWriter writer() {
    return SocketWriters.NETTY;
  }

  /// Commands are answered by acks alone.
  @Override
  public void reply(int status, ByteBuf json) {
    json.release();
  }

  @Override
  protected void control(ByteBuf json) {
    String text = json.toString(UTF_8);
    json.release();
    listener.onControl(text);
  }

  /// The session looks after its client's pongs.
  @Override
  protected long heartbeatNanos() {
    return client.heartbeatNanos();
  }

  @Override
  protected boolean beat() {
    return true;
  }

  // The end.

  /// The client has left the namespace.
  void leave() {
    left = true;
    cut = true;
    client.released(this);
    close(CloseReason.NORMAL);
  }

  /// The session is gone, and its client with it.
  void cut(CloseReason reason) {
    left |= !reason.reconnect() && reason != CloseReason.NORMAL;
    cut = true;
    if (isClosing()) {
      var _ = pipe.close();
    } else {
      close(reason);
    }
  }

  /// Makes room for the same client, which is back already. Does nothing for another.
  void giveUp(String to, Identity who) {
    Identity mine = identity();
    boolean same =
        mine != null
            && namespace.equals(to)
            && mine.tenant().equals(who.tenant())
            && mine.user().equals(who.user());
    if (same) {
      settle();
      client.session().end(CloseReason.REPLACED);
    }
  }

  @Override
  protected @Nullable ByteBuf goodbye(CloseReason reason) {
    if (cut || saidGoodbye) {
      return null;
    }
    saidGoodbye = true;
    if (connected) {
      control(closeControl(reason, shard().retryAfterMillis(reason)));
      listener.onClosing(reason);
    }
    if (reason.reconnect()) {
      shard().loop().execute(() -> client.session().finish(reason));
      return Unpooled.EMPTY_BUFFER;
    }
    left = true;
    client.sentAway(this);
    ByteBuf out = message(32);
    SocketIoFrames.disconnect(out, namespace);
    return out.writeByte(EnginePackets.SEPARATOR);
  }

  /// The pipe is closed; its subscriptions are still here.
  void released() {
    settle();
    client.session().remove(pipe);
    client.released(this);
    if (connected) {
      listener.onDisconnected();
    }
  }

  /// Keeps what is needed to recover it, or forgets it.
  private void settle() {
    if (settled || pid == null || !connected) {
      return;
    }
    settled = true;
    client.lost().gone(pid, this);
    Identity who = identity();
    if (left || who == null || client.settings().recoveryMillis() == 0) {
      return;
    }
    List<LostSocket.Topic> topics = new ArrayList<>();
    for (Subscription each : subscriptions()) {
      String name = each.key().name();
      topics.add(
          new LostSocket.Topic(
              name,
              each.filter(),
              each.policy(),
              rendererOf(each),
              each.log() == null ? null : begun.get(name),
              each.start()));
    }
    long nowMillis = shard().clock().millis();
    boolean gaveWay =
        client
            .lost()
            .keep(
                new LostSocket(
                    pid,
                    sid,
                    namespace,
                    who.tenant(),
                    who.user(),
                    topics,
                    nowMillis + client.settings().recoveryMillis()),
                nowMillis);
    if (gaveWay) {
      metrics().count(Counter.LIMIT_SOCKETIO_RECOVERY_SOCKETS);
    }
  }
}

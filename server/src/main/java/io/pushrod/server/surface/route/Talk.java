package io.pushrod.server.surface.route;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.command.PublishRequest;
import io.pushrod.codec.command.Published;
import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeConnection;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.TopicPlaces;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The line between a connection and its conversation.
///
/// A transport's connection tells it what happens; what the conversation wants is done to the
/// connection.
///
/// **Thread:** the connection's shard.
public final class Talk implements Line {
  private static final ConnectionLog LOG = ConnectionLog.of(Talk.class);

  private final Row row;
  private final Dialect dialect;
  private final SurfaceServices services;
  private final TopicPlaces shared;
  private final NativeConnection connection;
  private final Voice voice;
  private final Map<String, String> parameters;
  private final Conversation conversation;
  private final @Nullable EventRenderer ownRenderer;
  private final Vitals vitals;
  private final Set<TopicKey> places = new HashSet<>(1);

  /// Topics that were given up to their end once.
  private final Set<String> live = new HashSet<>(2);

  private @Nullable Farewell farewell;
  private long wakeNanos = Long.MAX_VALUE;
  private boolean ended;

  Talk(Opening opening, NativeConnection connection, Voice voice) {
    this.shared = opening.places();
    this.row = opening.row();
    this.dialect = opening.dialect();
    this.services = opening.services();
    this.connection = connection;
    this.voice = voice;
    this.vitals = new Vitals(row.config(), connection.shard().nowNanos());
    Exchange exchange = opening.exchange();
    this.parameters = Parameters.of(exchange, row);
    this.conversation = dialect.converse(this, exchange);
    this.ownRenderer = conversation.ownRenderer();
  }

  // What the transport asks and tells.

  /// Whether what is rendered for this connection serves all readers of the row.
  public boolean isShared() {
    return ownRenderer == null;
  }

  /// What readers share who are rendered alike.
  public Object vocabulary() {
    return dialect.vocabulary(row);
  }

  /// Renders the events of this connection.
  public EventRenderer renderer() {
    return ownRenderer == null ? dialect.renderer(row) : ownRenderer;
  }

  /// How many events of a topic the connection may be behind.
  ///
  /// @param byDefault where the row has no bound
  public long lagEvents(long byDefault) {
    return row.config().queueEvents() == 0 ? byDefault : row.config().queueEvents();
  }

  /// How many bytes of a topic the connection may be behind.
  ///
  /// @param byDefault where the row has no bound
  public long lagBytes(long byDefault) {
    return row.config().queueBytes() == 0 ? byDefault : row.config().queueBytes();
  }

  /// The connection was watched over; begins.
  public void onOpen() {
    if (connection.shard().isDraining()) {
      connection.metrics().count(Counter.DRAIN_REFUSED);
      connection.close(CloseReason.SHUTDOWN);
      return;
    }
    guarded(conversation::onOpen);
  }

  public void onText(ByteBuf text, int offset, int length) {
    vitals.heard(connection.shard().nowNanos());
    connection.metrics().count(Counter.COMMANDS);
    guarded(() -> conversation.onText(text, offset, length));
  }

  public void onBinary(ByteBuf bytes, int offset, int length) {
    vitals.heard(connection.shard().nowNanos());
    guarded(
        () -> {
          if (!conversation.onBinary(bytes, offset, length)) {
            connection.close(CloseReason.UNSUPPORTED_DATA);
          }
        });
  }

  public void onCaughtUp(Subscription subscription) {
    String topic = subscription.key().name();
    if (live.add(topic)) {
      guarded(() -> conversation.onLive(topic, subscription.begunCursor().toString()));
    }
  }

  /// A topic was refused or taken away.
  public void onRefused(String topic, ErrorCode why) {
    guarded(
        () -> {
          if (!conversation.onRefused(topic)) {
            throw new RequestException(why, "topic: none (expected: one that you may read)");
          }
        });
  }

  /// The time set by [#wake], on the shard's clock; [Long#MAX_VALUE] for none.
  public long wakeNanos() {
    return wakeNanos;
  }

  public void onDue() {
    wakeNanos = Long.MAX_VALUE;
    guarded(conversation::onDue);
  }

  /// Time between two looks at the connection's heart.
  ///
  /// @param byDefault of the transport
  public long beatNanos(long byDefault) {
    return vitals.tickNanos(byDefault);
  }

  /// Looks whether the connection is idle for too long, and whether a heartbeat is due.
  ///
  /// @return whether the transport's own heartbeat is due
  public boolean beat() {
    long nowNanos = connection.shard().nowNanos();
    vitals.observe(progress(), nowNanos);
    if (vitals.isIdle(nowNanos)) {
      connection.close(CloseReason.IDLE_TIMEOUT);
      return false;
    }
    if (!vitals.isBeatDue(nowNanos)) {
      return false;
    }
    String own =
        row.config().heartbeat().form() == SurfaceConfig.Form.DIALECT
            ? conversation.heartbeat()
            : null;
    if (own != null && connection.isFree()) {
      connection.metrics().count(Counter.HEARTBEATS_SENT);
      utter(conversation.heartbeatName(), null, own);
    }
    vitals.beaten(nowNanos);
    return own == null;
  }

  private long progress() {
    long sum = 0;
    for (Subscription subscription : connection.subscriptions()) {
      sum += subscription.sequence();
    }
    return sum;
  }

  /// How the connection ends; null for the words of the transport.
  public @Nullable Farewell farewell(CloseReason reason) {
    return farewell != null ? farewell : conversation.farewell(reason);
  }

  /// The socket is gone.
  public void onEnd() {
    if (ended) {
      return;
    }
    ended = true;
    places.forEach(shared::leave);
    places.clear();
    try {
      conversation.onEnd();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void guarded(Runnable step) {
    if (ended || connection.isClosing()) {
      return;
    }
    try {
      step.run();
    } catch (RequestException e) {
      LOG.refused(connection.channel(), e.code().label());
      connection.metrics().count(Counter.COMMAND_ERRORS);
      close(Access.closeReason(e.code()), dialect.refusal(row, e));
    } catch (RuntimeException e) {
      failed(e);
      connection.close(CloseReason.INTERNAL_ERROR);
    }
  }

  private void failed(RuntimeException e) {
    connection.metrics().count(Counter.INTERNAL_ERRORS);
    LOG.failed(connection.channel(), connection.transport(), e);
  }

  // What the conversation wants.

  @Override
  public Row row() {
    return row;
  }

  @Override
  public String id() {
    return connection.id();
  }

  @Override
  public long millis() {
    return connection.shard().clock().millis();
  }

  @Override
  public @Nullable Identity identity() {
    return connection.identity();
  }

  @Override
  public boolean identify(Identity who) {
    services.access().check(connection.metrics(), who, Action.SUBSCRIBE);
    if (connection.reidentify(who)) {
      recheck();
      return true;
    }
    throw new RequestException(
        ErrorCode.TOO_MANY_CONNECTIONS, "connections: too many (expected: fewer at a time)");
  }

  /// The roles or grants of who is there now may be fewer.
  private void recheck() {
    for (Row.Topic topic : row.topics()) {
      String name = expand(topic.template());
      if (name != null && !mayRead(topic) && leave(name)) {
        onRefused(name, ErrorCode.FORBIDDEN);
      }
    }
  }

  @Override
  public @Nullable String expand(TopicTemplate template) {
    return template.expand(parameters::get);
  }

  @Override
  public boolean mayRead(Row.Topic topic) {
    Identity who = connection.identity();
    if (who == null) {
      return false;
    }
    if (!topic.roles().isEmpty()) {
      return who.roles().stream().anyMatch(topic.roles()::contains);
    }
    String name = expand(topic.template());
    return name != null && connection.shard().readership().mayRead(who, name);
  }

  @Override
  public void say(String name, String json) {
    say(name, null, json);
  }

  @Override
  public void say(String name, @Nullable String id, String json) {
    if (!ended && !connection.isClosing()) {
      vitals.said(connection.shard().nowNanos());
      utter(name, id, json);
    }
  }

  private void utter(String name, @Nullable String id, String json) {
    voice.say(name, id, ByteBufUtil.writeUtf8(connection.channel().alloc(), json));
  }

  @Override
  public void read(String topic, StartPoint start) {
    Identity who = connection.identity();
    if (ended || connection.isClosing() || connection.subscription(topic) != null || who == null) {
      return;
    }
    NativeSurface.checkMemory(connection.shard());
    Subscription subscription =
        new Subscription(
            connection,
            new TopicKey(who.tenant(), topic),
            connection.format(),
            row.filter(),
            row.config().policy(),
            start,
            false,
            new Subscription.Begun() {
              @Override
              public void onBegun(Subscription begun) {
                EventRenderer replay = conversation.replayRenderer();
                if (replay != null && !begun.format().isJoined()) {
                  begun.replayAs(
                      new ReplayFormat(
                          begun.begunLog().lastSequence(), voice.framed(replay), begun.format()));
                }
                guarded(
                    () ->
                        conversation.onBegun(
                            topic,
                            begun.begunCursor().toString(),
                            begun.begunLog().lastSequence() > 0));
              }

              @Override
              public void onRefused(Subscription refused, ErrorCode why) {
                Talk.this.onRefused(topic, why);
              }
            });
    if (row.config().presence()) {
      subscription.asPresent();
    }
    connection.add(subscription);
    connection.shard().subscribe(subscription);
  }

  @Override
  public boolean leave(String topic) {
    Subscription subscription = connection.subscription(topic);
    live.remove(topic);
    if (subscription != null) {
      connection.shard().unsubscribe(subscription);
    }
    return subscription != null;
  }

  @Override
  public void latest(String topic, EventFilter filter, Consumer<@Nullable String> found) {
    latest(topic, filter, Integer.MAX_VALUE, _ -> true, found);
  }

  @Override
  public void latest(
      String topic,
      EventFilter filter,
      int among,
      Predicate<String> wanted,
      Consumer<@Nullable String> found) {
    Identity who = connection.identity();
    if (who == null) {
      return;
    }
    connection
        .shard()
        .read(
            new TopicKey(who.tenant(), topic),
            log -> {
              if (log == null) {
                guarded(() -> found.accept(null));
                return;
              }
              LatestEvent.find(
                  connection.shard(),
                  log,
                  filter,
                  Math.max(0, log.lastSequence() - among),
                  wanted,
                  event -> {
                    // After reading, so that nothing is told that was published for others.
                    boolean admits = connection.shard().readership().admits(who, topic, log);
                    guarded(() -> found.accept(admits ? event : null));
                  });
            });
  }

  @Override
  public void publish(String request, Answer answer) {
    try {
      ByteBuf json = ByteBufUtil.writeUtf8(connection.channel().alloc(), request);
      PublishRequest parsed;
      try {
        parsed = PublishRequest.parse(json, json.readerIndex(), json.readableBytes());
      } finally {
        json.release();
      }
      long waitNanos =
          services.surface().publish(connection, parsed, done -> published(done, answer));
      if (waitNanos > 0) {
        connection.metrics().count(Counter.QUOTA_PUBLISHES);
        long waitMillis = TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1;
        answer.refused(ErrorCode.RATE_LIMITED, NativeSurface.rateLimited(waitMillis));
      }
    } catch (RequestException e) {
      answer.refused(e.code(), String.valueOf(e.getMessage()));
    }
  }

  private void published(Batch done, Answer answer) {
    guarded(
        () -> {
          try {
            Published first = NativeSurface.published(done, 0).getFirst();
            answer.published(first.cursor());
          } catch (RequestException e) {
            answer.refused(e.code(), String.valueOf(e.getMessage()));
          }
        });
  }

  @Override
  public boolean takePlace(String topic) {
    Identity who = connection.identity();
    if (who == null || row.config().connectionsPerTopic() == 0) {
      return true;
    }
    TopicKey key = new TopicKey(who.tenant(), topic);
    if (places.contains(key)) {
      return true;
    }
    boolean taken = shared.enter(key, row.config().connectionsPerTopic());
    if (taken) {
      places.add(key);
    } else {
      connection.metrics().count(Counter.LIMIT_CONNECTIONS_PER_TOPIC);
    }
    return taken;
  }

  @Override
  public void wake(long nanos) {
    long nowNanos = connection.shard().nowNanos();
    wakeNanos = nanos == 0 ? Long.MAX_VALUE : nowNanos + nanos;
    if (nanos > 0) {
      connection.shard().wheel().scheduleEarlier(connection, wakeNanos);
    }
  }

  @Override
  public void close(CloseReason reason, Farewell how) {
    if (farewell == null) {
      farewell = how;
    }
    connection.close(reason);
  }

  @Override
  public void finish() {
    connection.finish();
  }
}

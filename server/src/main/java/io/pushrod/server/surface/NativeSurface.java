package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.ClientCommand;
import io.pushrod.codec.command.CommandException;
import io.pushrod.codec.command.PublishRequest;
import io.pushrod.codec.command.Published;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.quota.UserSeats;
import io.pushrod.server.run.Desks;
import io.pushrod.server.session.Attendance;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Executes the commands of native clients.
///
/// **Thread:** the connection's shard; holds no state of its own.
public final class NativeSurface {
  private static final String CROWDED = "connections: too many (expected: fewer at a time)";

  private final Access access;
  private final PublicationIntake intake;
  private final SurfaceSettings settings;
  private final Quotas quotas;
  private final RunCommands runs;

  public NativeSurface(
      Access access,
      PublicationIntake intake,
      SurfaceSettings settings,
      Quotas quotas,
      Desks desks) {
    this.access = access;
    this.intake = intake;
    this.settings = settings;
    this.quotas = quotas;
    this.runs = new RunCommands(access, desks);
  }

  public SurfaceSettings settings() {
    return settings;
  }

  /// Takes a place for the client behind a trusted proxy, whose connection this becomes.
  ///
  /// @throws RequestException `TOO_MANY_CONNECTIONS` when its address has none left
  public void takeAddress(Exchange exchange) {
    Counter usedUp =
        quotas
            .sockets()
            .takeForwarded(exchange.channel(), exchange.headers().getAll("x-forwarded-for"));
    if (usedUp != null) {
      exchange.metrics().count(usedUp);
      throw new RequestException(ErrorCode.TOO_MANY_CONNECTIONS, CROWDED);
    }
  }

  /// The places of users and tenants that its connections take.
  UserSeats seats() {
    return quotas.users();
  }

  /// Parses and executes one command; every one gets exactly one reply.
  public void execute(
      NativeConnection connection, ByteBuf json, int offset, int length, ReplySink sink) {
    connection.metrics().count(Counter.COMMANDS);
    ClientCommand command;
    try {
      command = ClientCommand.parse(json, offset, length);
    } catch (CommandException e) {
      if (e.code() == ErrorCode.TOO_MANY_TOPICS) {
        connection.metrics().count(Counter.LIMIT_TOPICS_PER_PUBLISH);
      }
      refuse(connection, sink, e.id(), e.code(), String.valueOf(e.getMessage()));
      return;
    }
    try {
      execute(connection, command, sink);
    } catch (RequestException e) {
      refuse(connection, sink, command.id(), e.code(), String.valueOf(e.getMessage()));
    }
  }

  private void execute(NativeConnection connection, ClientCommand command, ReplySink sink) {
    switch (command) {
      case ClientCommand.Auth auth -> authenticate(connection, auth, sink);
      case ClientCommand.Subscribe subscribe -> subscribe(connection, subscribe, sink);
      case ClientCommand.Unsubscribe unsubscribe -> unsubscribe(connection, unsubscribe, sink);
      case ClientCommand.Publish publish -> publish(connection, publish, sink);
      case ClientCommand.History history -> history(connection, history, sink);
      case ClientCommand.Presence presence ->
          PresenceCommands.ask(connection, admitted(connection, Action.SUBSCRIBE), presence, sink);
      case ClientCommand.State state -> state(connection, state, sink);
      case ClientCommand.Cancel cancel ->
          runs.cancel(connection, identified(connection), cancel, sink);
      case ClientCommand.Send send -> runs.send(connection, identified(connection), send, sink);
      case ClientCommand.Ping ping -> {
        ByteBuf out = buffer(connection);
        Replies.ack(out, ping.id());
        sink.reply(200, out);
      }
    }
  }

  /// A refused token ends nothing by itself: the old one holds until it expires, and without one
  /// the handshake's deadline does. What a good one no longer grants ends.
  private void authenticate(NativeConnection connection, ClientCommand.Auth auth, ReplySink sink) {
    Identity fresh = access.identify(connection.metrics(), auth.token());
    Identity before = connection.identity();
    if (before != null
        && !(before.tenant().equals(fresh.tenant()) && before.user().equals(fresh.user()))) {
      connection.metrics().count(Counter.AUTH_GRANT);
      throw new RequestException(
          ErrorCode.FORBIDDEN, "token: of another user (expected: the connection's user)");
    }
    if (!connection.reidentify(fresh)) {
      refuse(connection, sink, auth.id(), ErrorCode.TOO_MANY_CONNECTIONS, CROWDED);
      connection.close(CloseReason.TOO_MANY_CONNECTIONS);
      return;
    }
    ByteBuf out = buffer(connection);
    Replies.ack(out, auth.id());
    sink.reply(200, out);
    connection.tellIfDegraded();
    Readership readership = connection.shard().readership();
    for (Subscription subscription : connection.subscriptions()) {
      String topic = subscription.key().name();
      if (!readership.isOwned(topic) && !fresh.subscribe().allows(topic)) {
        connection.metrics().count(Counter.AUTH_GRANT);
        connection.withdraw(subscription, ErrorCode.NOT_FOUND);
      }
    }
    connection.shard().recheck(connection);
  }

  private void subscribe(
      NativeConnection connection, ClientCommand.Subscribe command, ReplySink sink) {
    Identity identity = admitted(connection, Action.SUBSCRIBE);
    checkMemory(connection.shard());
    connection.onSubscribing();
    Subscription subscription =
        subscription(
            connection,
            identity,
            command.topic(),
            command,
            new Subscription.Begun() {
              @Override
              public void onBegun(Subscription begun) {
                ByteBuf out = buffer(connection);
                Replies.ackSubscribe(out, command.id(), command.topic(), begun.begunCursor());
                sink.reply(200, out);
              }

              @Override
              public void onRefused(Subscription refused, ErrorCode why) {
                refuse(
                    connection,
                    sink,
                    command.id(),
                    why == ErrorCode.NOT_FOUND ? notFound(command.topic()) : noMoreTopics());
              }

              @Override
              public void onNeverBegun() {
                refuse(
                    connection,
                    sink,
                    command.id(),
                    ErrorCode.NOT_FOUND,
                    "connection: ended (expected: open until the topic was found)");
              }
            });
    connection.add(subscription);
    connection.shard().subscribe(subscription);
  }

  /// Makes a subscription after checking that it may be.
  ///
  /// @throws RequestException `NOT_FOUND`, `ALREADY_SUBSCRIBED`, `TOO_MANY_SUBSCRIPTIONS` or
  ///   `BAD_FILTER`
  public Subscription subscription(
      NativeConnection connection,
      Identity identity,
      String topic,
      ClientCommand.Subscribe how,
      Subscription.Begun begun) {
    checkGrant(connection.shard().readership(), identity, topic, connection.metrics());
    if (connection.subscription(topic) != null) {
      throw new RequestException(
          ErrorCode.ALREADY_SUBSCRIBED, "topic: " + topic + " (expected: one not subscribed yet)");
    }
    if (connection.subscriptions().size() >= settings.subscriptions()) {
      connection.metrics().count(Counter.LIMIT_SUBSCRIPTIONS_PER_CONNECTION);
      throw new RequestException(
          ErrorCode.TOO_MANY_SUBSCRIPTIONS,
          "subscriptions: "
              + (settings.subscriptions() + 1)
              + " (expected: <= "
              + settings.subscriptions()
              + ")");
    }
    return new Subscription(
        connection,
        new TopicKey(identity.tenant(), topic),
        connection.format(),
        EventFilter.parse(how.filter()),
        how.policy() == null ? OverflowPolicy.FOLD : how.policy(),
        how.start(),
        how.fold(),
        begun);
  }

  private void unsubscribe(
      NativeConnection connection, ClientCommand.Unsubscribe command, ReplySink sink) {
    Subscription subscription = connection.subscription(command.topic());
    if (subscription == null) {
      throw new RequestException(
          ErrorCode.NOT_FOUND, "topic: " + command.topic() + " (expected: one subscribed)");
    }
    connection.shard().unsubscribe(subscription);
    ByteBuf out = buffer(connection);
    Replies.ackTopic(out, command.id(), command.topic());
    sink.reply(200, out);
  }

  private void publish(NativeConnection connection, ClientCommand.Publish command, ReplySink sink) {
    long waitNanos =
        publish(connection, command.request(), done -> published(connection, command, done, sink));
    if (waitNanos > 0) {
      refuseRate(connection, sink, command.id(), waitNanos);
    }
  }

  /// Publishes for the connection's user.
  ///
  /// @param then runs here once the event has its sequences, or was refused them
  /// @return 0, or how many nanoseconds to wait before the tenant may publish again; then nothing
  ///   was done
  /// @throws RequestException when it is refused before
  public long publish(NativeConnection connection, PublishRequest request, Batch.Completion then) {
    checkServing(connection.shard());
    var publication = take(connection, request);
    Identity identity = identified(connection);
    long waitNanos = quotas.rates().take(identity.tenant(), 1, connection.shard().clock().nanos());
    if (waitNanos > 0) {
      return waitNanos;
    }
    Batch batch = new Batch(List.of(publication), Unpooled.EMPTY_BUFFER, then).awaited();
    if (!connection.shard().publish(batch)) {
      throw overloaded();
    }
    return 0;
  }

  private Publication take(NativeConnection connection, PublishRequest request) {
    Identity identity = admitted(connection, Action.PUBLISH);
    try {
      return intake.take(request, identity, connection.metrics());
    } catch (RequestException e) {
      connection.metrics().rejected(e.code());
      throw e;
    }
  }

  private void published(
      NativeConnection connection, ClientCommand.Publish command, Batch done, ReplySink sink) {
    List<Published> published;
    try {
      published = published(done, 0);
    } catch (RequestException e) {
      refuse(connection, sink, command.id(), e.code(), String.valueOf(e.getMessage()));
      return;
    }
    ByteBuf out = buffer(connection);
    Replies.ackPublish(out, command.id(), published);
    sink.reply(200, out);
  }

  /// Where the topics of one publication put it.
  ///
  /// @throws RequestException when one of them refused it
  public static List<Published> published(Batch done, int publication) {
    var of = done.publications().get(publication);
    List<Published> published = new ArrayList<>(of.topicCount());
    RequestException refusal = PublishOutcome.of(done, publication);
    if (refusal != null) {
      throw refusal;
    }
    for (int t = 0; t < of.topicCount(); t++) {
      published.add(
          new Published(
              of.topic(t).name(),
              new Cursor(done.epoch(publication, t), done.outcome(publication, t))));
    }
    return published;
  }

  private void history(NativeConnection connection, ClientCommand.History command, ReplySink sink) {
    Identity identity = identified(connection);
    Readership readership = connection.shard().readership();
    checkGrant(readership, identity, command.topic(), connection.metrics());
    int wanted = command.limit() == 0 ? HistoryPage.DEFAULT_EVENTS : command.limit();
    if (wanted > settings.historyEvents()) {
      connection.metrics().count(Counter.LIMIT_HISTORY_PAGE_EVENTS);
    }
    int limit = Math.min(wanted, settings.historyEvents());
    connection
        .shard()
        .read(
            new TopicKey(identity.tenant(), command.topic()),
            command.start(),
            log -> {
              ByteBuf out = buffer(connection);
              Replies.beginHistory(out, command.id(), command.topic());
              HistoryPage.End end =
                  HistoryPage.write(
                      out,
                      log,
                      command.start(),
                      limit,
                      connection.shard().clock().millis(),
                      connection.metrics());
              Replies.endHistory(out, end.cursor(), end.more());
              // After reading, so that nothing is told that was published for others.
              if (readership.admits(identity, command.topic(), log)) {
                sink.reply(200, out);
              } else {
                out.release();
                connection.metrics().count(Counter.AUTH_GRANT);
                refuse(connection, sink, command.id(), notFound(command.topic()));
              }
            });
  }

  /// A state goes to others like what is published, and is counted and switched off with that.
  private void state(NativeConnection connection, ClientCommand.State command, ReplySink sink) {
    checkServing(connection.shard());
    admitted(connection, Action.SUBSCRIBE);
    Identity identity = admitted(connection, Action.PUBLISH);
    Attendance attendance = PresenceCommands.attendance(connection, command);
    checkMemory(connection.shard());
    long waitNanos = quotas.rates().take(identity.tenant(), 1, connection.shard().clock().nanos());
    if (waitNanos > 0) {
      refuseRate(connection, sink, command.id(), waitNanos);
      return;
    }
    PresenceCommands.state(connection, identity, attendance, command, sink);
  }

  /// @throws RequestException `UNAUTHENTICATED`, or `KILL_SWITCH` when its tenant has switched that
  ///   off
  private Identity admitted(NativeConnection connection, Action action) {
    Identity identity = identified(connection);
    access.check(connection.metrics(), identity, action);
    return identity;
  }

  private Identity identified(NativeConnection connection) {
    Identity identity = connection.identity();
    if (identity == null) {
      connection.metrics().count(Counter.AUTH_MISSING);
      throw new RequestException(
          ErrorCode.UNAUTHENTICATED, "token: none (expected: an auth command before)");
    }
    return identity;
  }

  /// A topic that needs a declaration needs no grant.
  ///
  /// @throws RequestException `NOT_FOUND`
  public static void checkGrant(
      Readership readership, Identity identity, String topic, ShardMetrics metrics) {
    if (!readership.isOwned(topic) && !identity.subscribe().allows(topic)) {
      metrics.count(Counter.AUTH_GRANT);
      throw notFound(topic);
    }
  }

  private static void refuse(
      NativeConnection connection, ReplySink sink, @Nullable String id, RequestException why) {
    refuse(connection, sink, id, why.code(), String.valueOf(why.getMessage()));
  }

  private static void refuse(
      NativeConnection connection,
      ReplySink sink,
      @Nullable String id,
      ErrorCode code,
      String message) {
    refuse(connection, sink, id, code, message, 0);
  }

  /// @param retryAfterMillis 0 for no advice
  static void refuse(
      NativeConnection connection,
      ReplySink sink,
      @Nullable String id,
      ErrorCode code,
      String message,
      long retryAfterMillis) {
    connection.metrics().count(Counter.COMMAND_ERRORS);
    ByteBuf out = buffer(connection);
    Replies.error(out, id, code, message, retryAfterMillis);
    sink.reply(code.status(), out);
  }

  private static void refuseRate(
      NativeConnection connection, ReplySink sink, @Nullable String id, long waitNanos) {
    connection.metrics().count(Counter.QUOTA_PUBLISHES);
    connection.metrics().rejected(ErrorCode.RATE_LIMITED);
    long waitMillis = TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1;
    refuse(connection, sink, id, ErrorCode.RATE_LIMITED, rateLimited(waitMillis), waitMillis);
  }

  public static String rateLimited(long waitMillis) {
    return "publish: faster than the tenant may (expected: again in " + waitMillis + " ms)";
  }

  public static RequestException notFound(String topic) {
    return new RequestException(
        ErrorCode.NOT_FOUND, "topic: " + topic + " (expected: one that exists and you may read)");
  }

  /// While a server drains, nothing more is published: its readers are to get to the end.
  static void checkServing(Shard shard) {
    if (shard.isDraining()) {
      shard.metrics().count(Counter.DRAIN_REFUSED);
      throw new RequestException(
          ErrorCode.UNAVAILABLE, "publish: server is shutting down (expected: another server)");
    }
  }

  private static RequestException noMoreTopics() {
    return new RequestException(
        ErrorCode.TOPIC_QUOTA, "topics: all used (expected: fewer than quotas.topics_per_tenant)");
  }

  /// @throws RequestException `OVERLOADED` while memory is too short for new readers
  public static void checkMemory(Shard shard) {
    if (shard.pressure().isAtLeast(Pressure.SEVERE)) {
      shard.metrics().count(Counter.LIMIT_MEMORY_BUDGET);
      throw new RequestException(
          ErrorCode.OVERLOADED, "memory: used up (expected: again in a moment)");
    }
  }

  static RequestException overloaded() {
    return new RequestException(
        ErrorCode.OVERLOADED, "publish: no room (expected: again in a moment)");
  }

  static ByteBuf buffer(NativeConnection connection) {
    return connection.channel().alloc().directBuffer(256);
  }
}

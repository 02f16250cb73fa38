package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.CompositeCursor;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.command.ClientCommand;
import io.pushrod.codec.command.FilterTerms;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Query;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.StartQuery;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// `GET /v1/sse`, which becomes a stream, and `POST /v1/sse/{connection_id}`, which brings it
/// commands.
public final class SseEndpoints {
  private final Hub hub;
  private final Access access;
  private final NativeSurface surface;
  private final SseSettings settings;
  private final SseFormats formats;
  private final SseStreams streams = new SseStreams();
  private final SecureRandom random = new SecureRandom();

  public SseEndpoints(
      Hub hub,
      Access access,
      NativeSurface surface,
      SseSettings settings,
      Compression compression) {
    this.hub = hub;
    this.access = access;
    this.surface = surface;
    this.settings = settings;
    this.formats = new SseFormats(compression);
  }

  public void addTo(Router router) {
    router.add(HttpMethod.GET, "/v1/sse", this::serve);
    router.add(HttpMethod.POST, "/v1/sse/{connection_id}", this::command);
  }

  /// A topic of the stream and where it begins.
  private record Wanted(String topic, StartPoint start) {}

  /// What a stream was asked to be.
  private record Plan(
      List<Wanted> wanted, List<String> filter, OverflowPolicy policy, boolean folded) {}

  /// Counts down to the first frame of a stream.
  private record Opened(SseConnection connection) implements Subscription.Begun {
    @Override
    public void onBegun(Subscription subscription) {
      connection.onDecided();
    }

    @Override
    public void onRefused(Subscription subscription, ErrorCode why) {
      if (why.retryable()) {
        connection.close(Access.closeReason(why));
        return;
      }
      Subscription.Begun.super.onRefused(subscription, why);
      connection.onDecided();
    }
  }

  private void serve(Exchange exchange) {
    guarded(exchange, () -> open(exchange));
  }

  /// Native EventSource gives up for good on every status but 200 (WHATWG HTML section 9.2.3), so
  /// only what is final is one. What will pass is told in a stream that says when to come back.
  private void guarded(Exchange exchange, Runnable step) {
    try {
      step.run();
    } catch (RequestException e) {
      if (!e.code().retryable()) {
        exchange.respondError(e);
        return;
      }
      exchange.metrics().httpError(e.code());
      SseConnection connection = begin(exchange);
      if (connection != null) {
        connection.refuse(Access.closeReason(e.code()));
      }
    }
  }

  private void open(Exchange exchange) {
    Identity identity = access.require(exchange);
    access.check(exchange.metrics(), identity, Action.SUBSCRIBE);
    NativeSurface.checkMemory(hub.of(exchange.channel().eventLoop()));
    Query query = exchange.query();
    List<Wanted> wanted = wanted(exchange, query, identity);
    EventFilter.parse(filter(query));
    boolean folded = "1".equals(query.first("fold")) || "true".equals(query.first("fold"));
    Plan plan = new Plan(wanted, filter(query), policy(query), folded);
    Shard shard = hub.of(exchange.channel().eventLoop());
    List<String> owned =
        wanted.stream().map(Wanted::topic).filter(shard.readership()::isOwned).toList();
    if (owned.isEmpty()) {
      begin(exchange, identity, plan);
    } else {
      find(exchange, identity, owned.iterator(), plan);
    }
  }

  /// Begins when the identity may read all of these topics, and else answers before the stream
  /// begins.
  private void find(Exchange exchange, Identity identity, Iterator<String> owned, Plan plan) {
    Shard shard = hub.of(exchange.channel().eventLoop());
    if (!owned.hasNext()) {
      // It may have been revoked meanwhile.
      guarded(exchange, () -> begin(exchange, access.require(exchange), plan));
      return;
    }
    String topic = owned.next();
    shard.read(
        new TopicKey(identity.tenant(), topic),
        log -> {
          if (shard.readership().admits(identity, topic, log)) {
            find(exchange, identity, owned, plan);
          } else {
            exchange.metrics().count(Counter.AUTH_GRANT);
            exchange.respondError(NativeSurface.notFound(topic));
          }
        });
  }

  private void begin(Exchange exchange, Identity identity, Plan plan) {
    if (!exchange.channel().isActive()) {
      exchange.respondEmpty(200);
      return;
    }
    surface.takeAddress(exchange);
    SseConnection connection = begin(exchange);
    if (connection == null || !connection.open(identity, plan.wanted().size())) {
      return;
    }
    Shard shard = connection.shard();
    if (shard.isDraining()) {
      exchange.metrics().count(Counter.DRAIN_REFUSED);
      connection.close(CloseReason.SHUTDOWN);
      return;
    }
    for (Wanted each : plan.wanted()) {
      Subscription subscription =
          surface.subscription(
              connection,
              identity,
              each.topic(),
              new ClientCommand.Subscribe(
                  "0", each.topic(), each.start(), plan.filter(), plan.policy(), plan.folded()),
              new Opened(connection));
      connection.add(subscription);
    }
    for (Subscription subscription : List.copyOf(connection.subscriptions())) {
      shard.subscribe(subscription);
    }
  }

  /// Answers with the head of a stream.
  ///
  /// @return null when that was all that was asked for
  private @Nullable SseConnection begin(Exchange exchange) {
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    SseFormat form = formats.of(shard, exchange);
    SseConnection connection =
        new SseConnection(channel, shard, surface, settings, random.nextLong(), form);
    return SseHead.open(exchange, connection, streams, formats.headerLines()) ? connection : null;
  }

  /// The topics of the query and, after a break, those that were added to the stream later: the
  /// composite id names them.
  private List<Wanted> wanted(Exchange exchange, Query query, Identity identity) {
    String last = exchange.header("last-event-id");
    if (last == null || last.isEmpty()) {
      last = StartQuery.composite(query);
    }
    Map<String, Cursor> cursors = Map.of();
    StartPoint start = StartPoint.NOW;
    if (last != null && CompositeCursor.isComposite(last)) {
      cursors = CompositeCursor.parse(last).cursors();
    } else {
      start = last == null ? StartQuery.parse(query, StartPoint.NOW) : StartPoint.parse(last);
    }
    SequencedMap<String, StartPoint> topics = new LinkedHashMap<>();
    for (String topic : query.all("topic")) {
      Cursor cursor = cursors.get(TopicName.checked(topic));
      topics.put(topic, cursor == null ? start : new StartPoint.After(cursor));
    }
    if (topics.isEmpty()) {
      throw new RequestException(ErrorCode.BAD_REQUEST, "topic: none (expected: ?topic=…)");
    }
    cursors.forEach((topic, cursor) -> topics.putIfAbsent(topic, new StartPoint.After(cursor)));
    List<Wanted> wanted = new ArrayList<>();
    topics.forEach((topic, at) -> wanted.add(new Wanted(topic, at)));
    Readership readership = hub.of(exchange.channel().eventLoop()).readership();
    check(readership, exchange.metrics(), wanted, identity);
    return wanted;
  }

  /// What is refused is refused before the stream begins, by a status.
  private void check(
      Readership readership, ShardMetrics metrics, List<Wanted> wanted, Identity identity) {
    if (wanted.size() > surface.settings().subscriptions()) {
      metrics.count(Counter.LIMIT_SUBSCRIPTIONS_PER_CONNECTION);
      throw new RequestException(
          ErrorCode.TOO_MANY_SUBSCRIPTIONS,
          "topics: "
              + wanted.size()
              + " (expected: <= "
              + surface.settings().subscriptions()
              + ")");
    }
    for (Wanted each : wanted) {
      NativeSurface.checkGrant(readership, identity, each.topic(), metrics);
    }
  }

  private static List<String> filter(Query query) {
    String text = query.first("filter");
    return text == null || text.isEmpty() ? List.of() : FilterTerms.parse(text);
  }

  private static OverflowPolicy policy(Query query) {
    String text = query.first("policy");
    return text == null ? OverflowPolicy.FOLD : OverflowPolicy.parse(text);
  }

  /// Runs a command on the stream's loop and answers on the request's.
  private void command(Exchange exchange) {
    Identity identity = access.require(exchange);
    SseConnection stream = streams.find(exchange.pathParameter("connection_id"));
    if (stream == null || !isSame(stream.identity(), identity)) {
      throw noStream();
    }
    ByteBuf body = exchange.body().retain();
    EventLoop here = exchange.channel().eventLoop();
    stream
        .shard()
        .loop()
        .execute(
            () -> {
              try {
                if (stream.isClosing()) {
                  here.execute(() -> exchange.respondError(noStream()));
                  return;
                }
                surface.execute(
                    stream,
                    body,
                    body.readerIndex(),
                    body.readableBytes(),
                    (status, json) -> here.execute(() -> exchange.respondJson(status, json)));
              } finally {
                body.release();
              }
            });
  }

  private static RequestException noStream() {
    return new RequestException(
        ErrorCode.NOT_FOUND, "connection_id: unknown (expected: a stream of yours)");
  }

  private static boolean isSame(@Nullable Identity of, Identity who) {
    return of != null && of.tenant().equals(who.tenant()) && of.user().equals(who.user());
  }
}

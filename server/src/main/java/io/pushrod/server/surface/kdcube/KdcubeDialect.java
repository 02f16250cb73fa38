package io.pushrod.server.surface.kdcube;

import io.netty.util.AttributeKey;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.config.Options;
import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.dialect.KdcubeEnvelopes;
import io.pushrod.server.dialect.KdcubeEvents;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.quota.SocketSeats;
import io.pushrod.server.session.Identity;
import io.pushrod.server.storage.RecordTable.Tables;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Dialect;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.route.SurfaceServices;
import io.pushrod.server.surface.socketio.SocketIoApp;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// KDCube's language.
///
/// **Thread:** any; what it holds is shared by all of its rows.
public final class KdcubeDialect implements Dialect {
  static final String NAME = "kdcube";

  /// The session for which a stream is about to be opened: from [#admit] to [#converse], on one
  /// loop.
  private static final AttributeKey<UserSession> OPENING =
      AttributeKey.valueOf(KdcubeDialect.class, "opening");

  private final KdcubeSettings settings;
  private final Hub hub;
  private final Assets assets;
  private final long uploadNanos;
  private final Sessions sessions;
  private final Claims claims;
  private final SendRates rates;
  private final Visitors visitors;
  private final Map<Row, Places> places = new ConcurrentHashMap<>();

  /// @param rows the route table, whose options say what all rows of KDCube share
  /// @param addresses knows clients behind proxies
  /// @param assets keep attachments
  /// @param uploadNanos from the begin of a message with attachments to its end
  /// @param tables where sessions, conversations and rates are
  /// @throws IllegalArgumentException for an option that is none
  /// @throws IllegalStateException when a table cannot be read
  public KdcubeDialect(
      List<SurfaceConfig> rows,
      Hub hub,
      SocketSeats addresses,
      Assets assets,
      long uploadNanos,
      Tables tables) {
    this.settings = KdcubeSettings.of(rows);
    this.hub = hub;
    this.assets = assets;
    this.uploadNanos = uploadNanos;
    this.sessions = new Sessions(tables.open(settings.sessionTable()));
    this.claims =
        new Claims(
            new Conversations(tables.open(settings.conversationTable())), settings.turnMillis());
    this.rates = new SendRates(tables.open(settings.rateTable()));
    this.visitors = new Visitors(settings, sessions, addresses);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void check(Row row) {
    checkWord(row, "reject_anonymous", "0", List.of("0", "1"));
    checkWord(row, "id_token", "ignored", Visitors.ID_TOKEN);
    places.put(
        row,
        new Places(new Options(row.config().options()).whole("connections", 0, 0, 100_000_000)));
  }

  private static void checkWord(Row row, String key, String byDefault, List<String> words) {
    String value = row.option(key, byDefault);
    if (!words.contains(value)) {
      throw new IllegalArgumentException(
          "options." + key + ": " + value + " (expected: " + String.join(" or ", words) + ")");
    }
  }

  private Places places(Row row) {
    return places.computeIfAbsent(row, _ -> new Places(0));
  }

  private Moment now(Exchange exchange) {
    return Moment.of(hub.of(exchange.channel().eventLoop()));
  }

  @Override
  public void admit(
      Row row,
      Exchange exchange,
      SurfaceServices services,
      Consumer<? super @Nullable Identity> open) {
    streamId(exchange);
    Moment now = now(exchange);
    now.take(
        visitors.of(row, exchange, services.door(), now),
        visitor -> {
          if (places(row).hasNone()) {
            exchange.metrics().count(Counter.LIMIT_SURFACE_CONNECTIONS);
            throw Places.none();
          }
          exchange.channel().attr(OPENING).set(visitor.session());
          open.accept(visitor.identity());
        },
        why -> refuse(row, exchange, why));
  }

  /// @throws RequestException when there is none
  static String streamId(Exchange exchange) {
    String id = Carried.firstSaid(exchange.query().first("stream_id"));
    if (id == null) {
      throw new RequestException(ErrorCode.BAD_REQUEST, Answers.NO_STREAM_ID);
    }
    if (id.length() > Submission.MAX_ID_CHARS) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST,
          "stream_id: too long (expected: <= " + Submission.MAX_ID_CHARS + ")");
    }
    return id;
  }

  @Override
  public Conversation converse(Line line, Exchange exchange) {
    UserSession session = exchange.channel().attr(OPENING).getAndSet(null);
    if (session == null) {
      throw new IllegalStateException("session: none (expected: the one that was identified)");
    }
    Row row = line.row();
    Labels labels = Labels.of(row, exchange.query()::first);
    String wanted = exchange.query().first("project_events");
    boolean projectEvents = wanted != null && List.of("1", "true", "yes", "on").contains(wanted);
    Stream.Wish wish =
        new Stream.Wish(
            session,
            streamId(exchange),
            labels.tenant(),
            labels.project(),
            projectEvents,
            projectEvents ? Stream.projectTopic(labels.tenant(), labels.project()) : null);
    Shard shard = hub.of(exchange.channel().eventLoop());
    return new Stream(
        line,
        wish,
        places(row),
        () -> shard.clock().millis(),
        () -> {
          var _ = sessions.find(session.id(), Moment.of(shard));
        },
        settings.sessionMillis());
  }

  /// Each stream has a renderer of its own; this one shows what is meant for all of a session.
  @Override
  public EventRenderer renderer(Row row) {
    return new KdcubeEvents(null);
  }

  @Override
  public Farewell refusal(Row row, RequestException why) {
    String json =
        "{\"type\":\"chat.error\",\"timestamp\":\""
            + KdcubeEnvelopes.time(hub.shards().getFirst().clock().millis())
            + "\",\"event\":{\"step\":\"connect\",\"status\":\"error\"},\"data\":{\"error\":"
            + Answers.quoted(String.valueOf(why.getMessage()))
            + "}}";
    return new Farewell(json, "chat_error", 1008, why.code().label());
  }

  /// KDCube's clients read statuses.
  @Override
  public boolean answers(RequestException why) {
    return true;
  }

  @Override
  public void refuse(Row row, Exchange exchange, RequestException why) {
    Answers.refuse(exchange, why);
  }

  @Override
  public Endpoint endpoint(Row row, SurfaceServices services) {
    Doorkeeper door = services.door();
    return switch (row.config().operation()) {
      case "profile" -> exchange -> profile(row, exchange, door);
      case "chat" ->
          new ChatEndpoint(
              row,
              hub,
              visitors,
              door,
              chat(services),
              settings,
              assets,
              uploadNanos,
              4 * services.desks().settings().inputBytes());
      case "conv_status" -> new StatusEndpoint(row, hub, visitors, door, chat(services));
      default ->
          throw new IllegalArgumentException(
              "operation: "
                  + row.config().operation()
                  + " (expected: profile, chat or conv_status)");
    };
  }

  @Override
  public SocketIoApp app(Row row, SurfaceServices services) {
    return new SocketApp(row, visitors, services.door(), chat(services), assets, settings);
  }

  private Chat chat(SurfaceServices services) {
    return new Chat(
        settings, claims, rates, services.access(), new Feed(services.intake()), services.desks());
  }

  private void profile(Row row, Exchange exchange, Doorkeeper door) {
    Moment now = now(exchange);
    now.take(
        visitors.of(row, exchange, door, now),
        visitor -> exchange.respondJson(200, Profile.of(visitor.session())),
        why -> refuse(row, exchange, why));
  }
}

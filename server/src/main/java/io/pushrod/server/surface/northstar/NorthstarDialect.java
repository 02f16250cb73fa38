package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.RequestException;
import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.config.SurfaceConfig.Transport;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.dialect.NorthstarEvents;
import io.pushrod.server.dialect.NorthstarEvents.Shape;
import io.pushrod.server.dialect.NorthstarMessages;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.northstar.Tickets.Ticket;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Dialect;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.route.SurfaceServices;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Northstar's clients: chat rails, canvases, and the services beside them.
///
/// Options of its rows: `profile` ([Profile]), `form` (`event`, or `message` for the oldest
/// clients), `grace` (milliseconds that a socket waits for a hello that need not come), `lookup`
/// (stored events searched for a message's own id) and `ticket_secret`, the same for all rows.
///
/// **Thread:** any.
public final class NorthstarDialect implements Dialect {
  /// What rows call it.
  public static final String NAME = "northstar";

  private static final Set<String> OPTIONS =
      Set.of("profile", "form", "grace", "lookup", "ticket_secret");
  private static final int RANDOM_SECRET_BYTES = 32;
  private static final int MIN_SECRET_LENGTH = 16;

  private final Equipment equipment;
  private final Gate gate;
  private final Map<String, Operation> operations;

  /// @param rows of all dialects
  /// @throws IllegalArgumentException for a secret of tickets that is too short, or several
  public NorthstarDialect(Equipment equipment, List<SurfaceConfig> rows) {
    this.equipment = equipment;
    this.gate = new Gate(equipment, new Tickets(secret(rows)));
    ThreadOperations threads = new ThreadOperations(equipment);
    SwitchOperations switches = new SwitchOperations(equipment);
    this.operations =
        Map.of(
            "send", SendOperations::send,
            "append_message", SendOperations::append,
            "create_thread", threads::create,
            "list_threads", threads::list,
            "list_messages", threads::messages,
            "show_kill_switch", switches::show,
            "put_kill_switch", switches::put,
            "issue_ticket", this::issueTicket);
  }

  /// Without one in a row, tickets hold until the server ends.
  private static byte[] secret(List<SurfaceConfig> rows) {
    Set<String> secrets =
        rows.stream()
            .filter(row -> row.dialect().equals(NAME))
            .map(row -> row.option("ticket_secret", ""))
            .filter(text -> !text.isEmpty())
            .collect(Collectors.toSet());
    if (secrets.size() > 1) {
      throw new IllegalArgumentException(
          "options.ticket_secret: several (expected: the same in all rows)");
    }
    if (secrets.isEmpty()) {
      byte[] random = new byte[RANDOM_SECRET_BYTES];
      new SecureRandom().nextBytes(random);
      return random;
    }
    String secret = secrets.iterator().next();
    if (secret.length() < MIN_SECRET_LENGTH) {
      throw new IllegalArgumentException(
          "options.ticket_secret: too short (expected: at least "
              + MIN_SECRET_LENGTH
              + " characters)");
    }
    return secret.getBytes(UTF_8);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void check(Row row) {
    for (String option : row.config().options().keySet()) {
      if (!OPTIONS.contains(option)) {
        throw new IllegalArgumentException(
            "options." + option + ": unknown (expected: one of " + OPTIONS + ")");
      }
    }
    var _ = Gate.profile(row);
    var _ = isOldest(row);
    var _ = number(row, "grace", 250, 10_000);
    var _ = lookup(row);
    boolean needsTopic = row.config().transport() != Transport.HTTP;
    if (needsTopic && row.topics().size() != 1) {
      throw new IllegalArgumentException("topics: " + row.topics().size() + " (expected: one)");
    }
  }

  private static boolean isOldest(Row row) {
    return switch (row.option("form", "event")) {
      case "event" -> false;
      case "message" -> true;
      default -> throw new IllegalArgumentException("options.form (expected: event or message)");
    };
  }

  private static int lookup(Row row) {
    return number(row, "lookup", 1_000, 100_000);
  }

  private static int number(Row row, String option, int byDefault, int most) {
    String text = row.option(option, Integer.toString(byDefault));
    if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) > most) {
      throw new IllegalArgumentException(
          "options." + option + ": " + text + " (expected: 0-" + most + ")");
    }
    return Integer.parseInt(text);
  }

  private static String kind(Row row) {
    boolean canvas =
        !row.topics().isEmpty() && row.topics().getFirst().template().text().startsWith("canvas/");
    return canvas ? "canvas" : "chat";
  }

  // Streams.

  /// A socket's bearer; who brings no token, or a bad ticket, is judged with the hello.
  @Override
  public @Nullable Identity identify(Row row, Exchange exchange, Doorkeeper door) {
    Identity who = door.find(row, exchange);
    if (who != null) {
      return who;
    }
    String tenant = row.config().anonymousTenant();
    if (tenant != null) {
      return Doorkeeper.anonymous(tenant);
    }
    try {
      Ticket ticket = gate.ticket(exchange, kind(row));
      return ticket == null ? null : gate.admit(exchange.metrics(), ticket);
    } catch (Refusal e) {
      return null;
    }
  }

  @Override
  public void admit(
      Row row,
      Exchange exchange,
      SurfaceServices services,
      Consumer<? super @Nullable Identity> open) {
    if (row.config().transport() != Transport.SSE) {
      Dialect.super.admit(row, exchange, services, open);
      return;
    }
    String kind = kind(row);
    Call.attempt(
        exchange,
        kind,
        () -> {
          Caller caller = caller(row, exchange);
          String topic = Call.topic(row, exchange, kind);
          Shard shard = shard(exchange);
          Identity who = caller.who();
          if (!shard.readership().isOwned(topic) && !who.subscribe().allows(topic)) {
            throw new Refusal(Envelope.notFound(kind));
          }
          String cursor = Upgrade.cursor(exchange);
          threads(row, shard)
              .find(
                  who,
                  topic,
                  cursor,
                  found ->
                      Call.attempt(
                          exchange,
                          kind,
                          () -> {
                            if (found == null) {
                              throw new Refusal(Envelope.notFound(kind));
                            }
                            if (found.start() == null) {
                              throw new Refusal(
                                  Envelope.cursorInvalid(String.valueOf(cursor), kind));
                            }
                            open.accept(who);
                          }));
        });
  }

  /// Where a row says whose those are who bring nothing, they are let in without a context.
  private Caller caller(Row row, Exchange exchange) {
    String tenant = row.config().anonymousTenant();
    boolean bringsNothing =
        tenant != null
            && exchange.query().first("ticket") == null
            && equipment.services().door().find(row, exchange) == null;
    if (tenant != null && bringsNothing) {
      Identity who = Doorkeeper.anonymous(tenant);
      return new Caller(who, Claims.of(exchange, kind(row)).judged(who, kind(row), 403));
    }
    return gate.require(row, exchange, kind(row));
  }

  private Shard shard(Exchange exchange) {
    return equipment.services().hub().of(exchange.channel().eventLoop());
  }

  private Threads threads(Row row, Shard shard) {
    return new HubThreads(shard, equipment, lookup(row));
  }

  @Override
  public EventRenderer renderer(Row row) {
    if (isOldest(row)) {
      return new NorthstarMessages();
    }
    if (row.config().transport() == Transport.WEBSOCKET) {
      return new NorthstarEvents(Shape.SOCKET);
    }
    return new NorthstarEvents(kind(row).equals("canvas") ? Shape.CANVAS : Shape.STREAM);
  }

  @Override
  public Conversation converse(Line line, Exchange exchange) {
    Row row = line.row();
    Threads threads = threads(row, shard(exchange));
    Studio studio = new RowStudio(row);
    if (row.config().transport() == Transport.WEBSOCKET) {
      return new ChatSocket(line, Upgrade.of(exchange, Gate.profile(row)), threads, studio);
    }
    return new EventStream(
        line,
        threads,
        studio,
        Call.topic(row, exchange, kind(row)),
        caller(row, exchange).context(),
        Upgrade.cursor(exchange));
  }

  /// What the conversations of a row have in common.
  private final class RowStudio implements Studio {
    private final Row row;

    RowStudio(Row row) {
      this.row = row;
    }

    @Override
    public Gate gate() {
      return gate;
    }

    @Override
    public Clock clock() {
      return equipment.clock();
    }

    @Override
    public String env() {
      return equipment.env();
    }

    @Override
    public long handshakeNanos() {
      return equipment.services().surface().settings().handshakeNanos();
    }

    @Override
    public long graceNanos() {
      return Duration.ofMillis(number(row, "grace", 250, 10_000)).toNanos();
    }

    @Override
    public boolean saysPresence() {
      return !isOldest(row);
    }

    @Override
    public @Nullable EventRenderer replay() {
      return isOldest(row) ? null : new NorthstarEvents(Shape.REPLAY);
    }
  }

  // Refusals.

  @Override
  public Farewell refusal(Row row, RequestException why) {
    Envelope envelope = Envelope.of(why, kind(row));
    if (row.config().transport() == Transport.WEBSOCKET) {
      return ChatSocket.farewell(ofSocket(envelope, why));
    }
    return ChatSocket.farewell(envelope);
  }

  /// Sockets have names of their own for some.
  private static Envelope ofSocket(Envelope envelope, RequestException why) {
    return switch (why.code()) {
      case NOT_FOUND -> ChatSocket.accessDenied();
      case UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED ->
          Envelope.ticketInvalid(String.valueOf(why.getMessage()), "chat");
      default -> envelope;
    };
  }

  @Override
  public void refuse(Row row, Exchange exchange, RequestException why) {
    exchange.metrics().httpError(why.code());
    Call.refuse(exchange, Envelope.of(why, kind(row)));
  }

  // Requests.

  @Override
  public Endpoint endpoint(Row row, SurfaceServices services) {
    String name = row.config().operation();
    Operation operation = operations.get(name);
    if (operation == null) {
      throw new IllegalArgumentException(
          "operation: " + name + " (expected: one of " + operations.keySet() + ")");
    }
    boolean shared = name.equals("show_kill_switch") && Gate.profile(row) == Profile.ANY;
    return exchange ->
        Call.attempt(
            exchange,
            "chat",
            () -> {
              if (shared && !saysContext(exchange)) {
                showNative(exchange);
                return;
              }
              Caller caller = gate.require(row, exchange, "chat");
              Shard shard = shard(exchange);
              operation.run(
                  new Call(exchange, row, caller, shard, threads(row, shard), Call.body(exchange)));
            });
  }

  private static boolean saysContext(Exchange exchange) {
    return exchange.header("X-Env") != null || Claims.of(exchange, "chat").isContext();
  }

  /// The path is the server's own too: who says nothing of a context asks for that.
  private void showNative(Exchange exchange) {
    try {
      equipment.killSwitches().handle(exchange);
    } catch (RequestException e) {
      exchange.respondError(e);
    }
  }

  /// `POST /api/auth/ticket`: a ticket for the caller of a token.
  private void issueTicket(Call call) {
    Context context = call.context();
    if (equipment.services().door().find(call.row(), call.exchange()) == null) {
      throw new Refusal(Envelope.of(Envelope.GENERAL, "A ticket needs a token", 401, null));
    }
    if (context.mode() == null || context.project() == null) {
      throw new Refusal(
          Envelope.of(
              "auth.ticket_invalid",
              "tenant_id, mode, and project_id are required for ticket issuance",
              400,
              "auth"));
    }
    call.respond(
        "{\"ticket\":\""
            + gate.issue(call.caller())
            + "\",\"expires_in\":"
            + Tickets.LIFE_SECONDS
            + "}");
  }
}

package io.pushrod.server.surface.ciris;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.dialect.CirisEvents;
import io.pushrod.server.dialect.CirisFrames;
import io.pushrod.server.dialect.CirisSteps;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.route.Conversation;
import io.pushrod.server.surface.route.Dialect;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// CIRIS' language. The option `form` of a row says how its clients talk: `stream` (one topic, read
/// at once), `streams` (those that the client names), `channels`, or `steps` (the event stream).
///
/// | option | means |
/// |---|---|
/// | `required` | of `stream`: the role that a refused client is told it needs |
/// | `pulse` | of `stream`: how often a metric comes that only shows life; `0s`: never |
/// | `first` | of `streams`: how soon the client must name some |
/// | `default` | of `channels`: which one is read unasked |
public final class CirisDialect implements Dialect {
  private static final int POLICY = 1008;
  private static final int INTERNAL = 1011;
  private static final int TRY_LATER = 1013;
  private static final String NO_HEADER = "Missing or invalid authorization header";

  @Override
  public String name() {
    return "ciris";
  }

  @Override
  public void check(Row row) {
    switch (form(row)) {
      case "stream" -> {
        if (row.topics().size() != 1) {
          throw new IllegalArgumentException(
              "topics: " + row.topics().size() + " (expected: 1 in a stream)");
        }
        var _ = row.config().nanosOption("pulse", "0s");
      }
      case "streams" -> {
        var _ = row.config().nanosOption("first", "5s");
      }
      case "channels" -> {}
      case "steps" -> {
        if (row.topic(StepStream.ALL) == null || row.topic(StepStream.OWN) == null) {
          throw new IllegalArgumentException("topics: (expected: all and own)");
        }
      }
      default ->
          throw new IllegalArgumentException(
              "options.form: " + form(row) + " (expected: stream, streams, channels or steps)");
    }
  }

  private static String form(Row row) {
    return row.option("form", "stream");
  }

  /// Whoever may read none of the row's topics is not let in, except where the client is told so
  /// topic by topic.
  @Override
  public Identity identify(Row row, Exchange exchange, Doorkeeper door) {
    Identity who = door.require(row, exchange);
    if (List.of("stream", "steps").contains(form(row)) && !maySomething(row, who)) {
      throw new RequestException(
          ErrorCode.FORBIDDEN, row.option("required", "Observer role required"));
    }
    return who;
  }

  private static boolean maySomething(Row row, Identity who) {
    return row.topics().stream()
        .anyMatch(
            topic ->
                topic.roles().isEmpty() || topic.roles().stream().anyMatch(who.roles()::contains));
  }

  @Override
  public Object vocabulary(Row row) {
    return form(row).equals("steps") ? CirisSteps.class : CirisEvents.class;
  }

  @Override
  public EventRenderer renderer(Row row) {
    return form(row).equals("steps") ? new CirisSteps() : new CirisEvents();
  }

  @Override
  public Conversation converse(Line line, Exchange exchange) {
    Row row = line.row();
    return switch (form(row)) {
      case "streams" -> new ChosenStreams(line, row.config().nanosOption("first", "5s"));
      case "channels" -> new Channels(line, exchange.header("x-subscribe-channels"));
      case "steps" -> new StepStream(line);
      default -> new SingleStream(line, row.config().nanosOption("pulse", "0s"));
    };
  }

  @Override
  public Farewell refusal(Row row, RequestException why) {
    String message = String.valueOf(why.getMessage());
    Farewell farewell =
        switch (why.code()) {
          case UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED ->
              Farewell.of(POLICY, unauthenticated(row, message));
          case FORBIDDEN -> Farewell.of(POLICY, row.option("required", "Observer role required"));
          case NOT_FOUND -> Farewell.of(POLICY, CloseReason.FORBIDDEN.text());
          case KILL_SWITCH -> Farewell.of(POLICY, CloseReason.KILL_SWITCH.text());
          case TOO_MANY_CONNECTIONS -> Farewell.of(POLICY, CloseReason.TOO_MANY_CONNECTIONS.text());
          case INTERNAL -> Farewell.of(INTERNAL, CloseReason.INTERNAL_ERROR.text());
          default -> Farewell.of(TRY_LATER, CloseReason.OVERLOADED.text());
        };
    return form(row).equals("steps")
        ? Farewell.of(CirisFrames.text("error", message), farewell.code(), farewell.text())
        : farewell;
  }

  /// Where only the header counts, clients are told which of the two it was.
  private static String unauthenticated(Row row, String message) {
    if (!form(row).equals("channels")) {
      return "Authentication required";
    }
    return message.startsWith("token: none") ? NO_HEADER : "Authentication failed";
  }

  @Override
  public void refuse(Row row, Exchange exchange, RequestException why) {
    exchange.metrics().httpError(why.code());
    exchange.respondJson(
        why.code().status(), CirisFrames.text("detail", String.valueOf(why.getMessage())));
  }

  /// What ends a stream that had begun; null for the words of the transport.
  static @Nullable Farewell ended(CloseReason reason) {
    return switch (reason) {
      case UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED ->
          Farewell.of(POLICY, "Authentication required");
      case TOO_MANY_CONNECTIONS, FORBIDDEN, KILL_SWITCH -> Farewell.of(POLICY, reason.text());
      case IDLE_TIMEOUT -> Farewell.of(CloseReason.NORMAL.code(), reason.text());
      default -> null;
    };
  }
}

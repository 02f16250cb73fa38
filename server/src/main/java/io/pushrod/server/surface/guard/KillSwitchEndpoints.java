package io.pushrod.server.surface.guard;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.auth.JsonFields;
import io.pushrod.server.guard.KillSwitch;
import io.pushrod.server.guard.KillSwitches;
import io.pushrod.server.guard.Scope;
import io.pushrod.server.guard.Switchboard;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.LongSupplier;

/// `/kill-switches`: what the caller's tenant has switched off; for its owners and admins only.
///
/// They come in here while their tenant is switched off, since nobody else could switch it on
/// again. Who is switched off as a user does not, and nobody switches himself off.
public final class KillSwitchEndpoints {
  private static final String PATH = "/kill-switches";
  private static final String ONE = PATH + "/{scope}/{id}";
  private static final Set<String> OPERATORS = Set.of("owner", "admin");
  private static final Set<String> BODY = Set.of("reason");
  private static final int MAX_BODY_BYTES = 16 * 1024;

  private final Access access;
  private final KillSwitches switches;
  private final Switchboard board;
  private final LongSupplier nowMillis;

  public KillSwitchEndpoints(
      Access access, KillSwitches switches, Switchboard board, LongSupplier nowMillis) {
    this.access = access;
    this.switches = switches;
    this.board = board;
    this.nowMillis = nowMillis;
  }

  /// Adds them, but for the list where a surface has that path: it shows the list itself to whoever
  /// does not speak its language.
  public void addTo(Router router) {
    if (!router.has(HttpMethod.GET, PATH)) {
      router.add(HttpMethod.GET, PATH, this::list);
    }
    router.add(HttpMethod.GET, ONE, this::show);
    router.add(HttpMethod.PUT, ONE, this::set);
    router.add(HttpMethod.DELETE, ONE, this::lift);
  }

  /// Answers with all that are set.
  public void list(Exchange exchange) {
    Identity who = operator(exchange);
    ByteBuf out = exchange.channel().alloc().directBuffer();
    JsonObjectWriter answer = new JsonObjectWriter(out).name("kill_switches");
    out.writeByte('[');
    boolean first = true;
    for (KillSwitch each : switches.all(who.tenant())) {
      if (!first) {
        out.writeByte(',');
      }
      first = false;
      write(out, each);
    }
    out.writeByte(']');
    answer.end();
    exchange.respondJson(200, out);
  }

  private void show(Exchange exchange) {
    Identity who = operator(exchange);
    KillSwitch found = switches.find(who.tenant(), scope(exchange), id(exchange, who));
    if (found == null) {
      throw notSet();
    }
    respond(exchange, found);
  }

  private void set(Exchange exchange) {
    Identity who = operator(exchange);
    Scope scope = scope(exchange);
    String id = id(exchange, who);
    if (scope == Scope.USER && id.equals(who.user())) {
      throw new RequestException(ErrorCode.BAD_REQUEST, "id: yourself (expected: another user)");
    }
    exchange.answerAfter(
        board.set(wanted(exchange, who, scope, id)), set -> respond(exchange, set));
  }

  private KillSwitch wanted(Exchange exchange, Identity who, Scope scope, String id) {
    try {
      return new KillSwitch(
          who.tenant(), scope, id, reason(exchange), who.user(), nowMillis.getAsLong());
    } catch (IllegalArgumentException e) {
      throw new RequestException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private static String reason(Exchange exchange) {
    ByteBuf body = exchange.body();
    if (body.readableBytes() > MAX_BODY_BYTES) {
      throw new RequestException(
          ErrorCode.TOO_LARGE, "body: too large (expected: <= " + MAX_BODY_BYTES + " bytes)");
    }
    return body.isReadable()
        ? JsonFields.parse(body.toString(StandardCharsets.UTF_8), BODY).text("reason")
        : "";
  }

  private void lift(Exchange exchange) {
    Identity who = operator(exchange);
    exchange.answerAfter(
        board.lift(who.tenant(), scope(exchange), id(exchange, who), who.user()),
        lifted -> {
          if (lifted == null) {
            exchange.respondError(notSet());
          } else {
            exchange.respondEmpty(204);
          }
        });
  }

  private Identity operator(Exchange exchange) {
    Identity who = access.requireKnown(exchange);
    if (who.roles().stream().noneMatch(OPERATORS::contains)) {
      exchange.metrics().count(Counter.AUTH_GRANT);
      throw new RequestException(
          ErrorCode.FORBIDDEN, "role: another (expected: one of owner, admin)");
    }
    KillSwitch off = switches.find(who.tenant(), Scope.USER, who.user());
    if (off != null) {
      exchange.metrics().count(Counter.AUTH_KILL_SWITCH);
      throw new RequestException(ErrorCode.KILL_SWITCH, off.refusal());
    }
    return who;
  }

  private static Scope scope(Exchange exchange) {
    Scope scope = Scope.of(exchange.pathParameter("scope"));
    if (scope == null) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST,
          "scope: unknown (expected: one of tenant, user, agent, provider, action)");
    }
    return scope;
  }

  /// Another tenant is answered like one that does not exist.
  private static String id(Exchange exchange, Identity who) {
    String id = exchange.pathParameter("id");
    if (scope(exchange) == Scope.TENANT && !id.equals(who.tenant())) {
      throw new RequestException(ErrorCode.NOT_FOUND, "id: unknown (expected: your tenant)");
    }
    return id;
  }

  private static RequestException notSet() {
    return new RequestException(
        ErrorCode.NOT_FOUND, "id: not switched off (expected: one that is)");
  }

  private static void respond(Exchange exchange, KillSwitch of) {
    ByteBuf out = exchange.channel().alloc().directBuffer();
    write(out, of);
    exchange.respondJson(200, out);
  }

  private static void write(ByteBuf out, KillSwitch of) {
    new JsonObjectWriter(out)
        .text("scope", of.scope().label())
        .text("id", of.id())
        .text("reason", of.reason())
        .text("by", of.by())
        .number("set_at", of.setAtMillis())
        .end();
  }
}

package io.pushrod.server.surface.runs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.guard.Scope;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunStart;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeSurface;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Starts the run that a request asks for, after checking that its sender may.
///
/// **Thread:** the exchange's loop.
final class RunIntake {
  private static final int MAX_KEY_LENGTH = 255;
  private static final String OBJECT = "body: another JSON value (expected: an object)";

  private final Hub hub;
  private final Access access;
  private final Desks desks;
  private final @Nullable String defaultAgent;

  /// @param defaultAgent for who names none; null for nobody
  RunIntake(Hub hub, Access access, Desks desks, @Nullable String defaultAgent) {
    this.hub = hub;
    this.access = access;
    this.desks = desks;
    this.defaultAgent = defaultAgent;
  }

  /// What the input says about its run. Members of another type say nothing: they are the agent's.
  private record Hints(
      @Nullable String agent, @Nullable String threadId, @Nullable String provider) {}

  /// Starts a run.
  ///
  /// @param direct whether the run ends with the request's connection
  /// @param answer hears of it on the exchange's loop
  /// @throws RequestException `BAD_JSON`, `BAD_UTF8`, `TOO_LARGE`, `BAD_REQUEST`, `NOT_FOUND` for
  ///   an agent that is not granted, `KILL_SWITCH`, and `UNAVAILABLE` or `OVERLOADED` while the
  ///   server takes nothing new
  void start(Exchange exchange, Identity who, boolean direct, Consumer<RunAnswer> answer) {
    RunStart start = take(exchange, who, direct);
    EventLoop loop = exchange.channel().eventLoop();
    desks.start(
        start, answered -> loop.execute(() -> answer.accept(checked(exchange, start, answered))));
  }

  /// A switch that was set after the first look may have missed the run, so it is looked for again.
  private RunAnswer checked(Exchange exchange, RunStart start, RunAnswer answer) {
    if (!(answer instanceof RunAnswer.Done(RunView run, boolean _))) {
      return answer;
    }
    try {
      access.checkRun(exchange.metrics(), start.who(), run.agent(), run.provider());
      return answer;
    } catch (RequestException e) {
      String message = String.valueOf(e.getMessage());
      desks.cancelAll(
          run.tenant(),
          each -> each.id().equals(run.id()),
          new CancelOrder(How.NOW, 0, "", message));
      return new RunAnswer.Refused(e.code(), message, 0);
    }
  }

  private RunStart take(Exchange exchange, Identity who, boolean direct) {
    checkServing(exchange);
    ByteBuf body = exchange.body();
    String input = input(exchange, body);
    Hints hints = hints(body);
    String agent = agent(exchange, hints);
    if (!who.publish().allows("agent/" + agent)) {
      exchange.metrics().count(Counter.AUTH_GRANT);
      throw new RequestException(ErrorCode.NOT_FOUND, "Agent '" + agent + "' not found");
    }
    String provider = hints.provider() == null ? "" : hints.provider();
    access.checkRun(exchange.metrics(), who, agent, provider);
    return new RunStart(
        who,
        agent,
        direct ? null : runId(exchange),
        direct ? null : idempotencyKey(exchange),
        topics(who, hints.threadId()),
        provider,
        direct,
        input);
  }

  private void checkServing(Exchange exchange) {
    Shard shard = hub.of(exchange.channel().eventLoop());
    NativeSurface.checkMemory(shard);
    if (shard.isDraining()) {
      exchange.metrics().count(Counter.DRAIN_REFUSED);
      throw new RequestException(
          ErrorCode.UNAVAILABLE, "run: server is shutting down (expected: another server)");
    }
  }

  private String input(Exchange exchange, ByteBuf body) {
    int length = body.readableBytes();
    int inputBytes = desks.settings().inputBytes();
    if (length > inputBytes) {
      exchange.metrics().count(Counter.LIMIT_RUN_INPUT_BYTES);
      throw new RequestException(
          ErrorCode.TOO_LARGE, "body: " + length + " bytes (expected: <= " + inputBytes + ")");
    }
    int offset = body.readerIndex();
    boolean compact = JsonScanner.check("body", body, offset, length);
    if (!JsonMembers.isObject(body, offset, length)) {
      throw new RequestException(ErrorCode.BAD_JSON, OBJECT);
    }
    if (compact) {
      return body.toString(UTF_8);
    }
    ByteBuf line = exchange.channel().alloc().heapBuffer(length);
    try {
      JsonScanner.compact(body, offset, length, line);
      return line.toString(UTF_8);
    } finally {
      line.release();
    }
  }

  private static Hints hints(ByteBuf body) {
    JsonMembers members = new JsonMembers().reset(body, body.readerIndex(), body.readableBytes());
    @Nullable String agent = null;
    @Nullable String threadId = null;
    @Nullable String provider = null;
    while (members.next()) {
      if (body.getByte(members.valueOffset()) == '"') {
        switch (name(body, members)) {
          case "agent" -> agent = text(body, members);
          case "thread_id" -> threadId = text(body, members);
          case "provider" -> provider = text(body, members);
          default -> {}
        }
      }
    }
    return new Hints(agent, threadId, provider);
  }

  /// Only names as long as one that is looked for are worth reading.
  private static String name(ByteBuf body, JsonMembers members) {
    return members.nameLength() > "thread_id".length()
        ? ""
        : body.toString(members.nameOffset(), members.nameLength(), US_ASCII);
  }

  private static String text(ByteBuf body, JsonMembers members) {
    return JsonStrings.decode(body, members.valueOffset(), members.valueLength());
  }

  private String agent(Exchange exchange, Hints hints) {
    String agent = exchange.query().first("agent");
    if (agent == null || agent.isEmpty()) {
      agent = hints.agent() != null ? hints.agent() : defaultAgent;
    }
    if (agent == null) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "agent: none (expected: ?agent= or the input's \"agent\")");
    }
    if (!Scope.isAgent(agent)) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "agent: invalid (expected: " + Scope.AGENT.rule() + ")");
    }
    return agent;
  }

  private static @Nullable String runId(Exchange exchange) {
    String id = exchange.query().first("run_id");
    if (id != null && !RunStart.isRunId(id)) {
      throw new RequestException(
          ErrorCode.BAD_ID,
          "run_id: invalid (expected: a letter or digit, and up to 127 more, _ or -)");
    }
    return id;
  }

  private static @Nullable String idempotencyKey(Exchange exchange) {
    String key = exchange.header("idempotency-key");
    if (key != null
        && (key.isEmpty()
            || key.length() > MAX_KEY_LENGTH
            || !key.chars().allMatch(c -> c >= ' ' && c <= '~'))) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST,
          "idempotency-key: invalid (expected: 1-" + MAX_KEY_LENGTH + " printable characters)");
    }
    return key;
  }

  /// The thread that the run is part of gets its events as well, if its sender may publish there.
  private static List<String> topics(Identity who, @Nullable String threadId) {
    if (threadId == null || !IdField.isValid(threadId)) {
      return List.of();
    }
    String topic = "thread/" + threadId;
    return TopicName.isValid(topic) && who.publish().allows(topic) ? List.of(topic) : List.of();
  }
}

package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.dialect.KdcubeEnvelopes;
import io.pushrod.server.dialect.KdcubeEnvelopes.Event;
import io.pushrod.server.guard.Action;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.Request;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.kdcube.Conversations.Known;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes messages of clients, by whichever transport, to the workers.
///
/// **Thread:** the shard that is given, where answers come too.
/* The order is KDCube's: what is wrong with a message is told on the stream before it is answered; a turn is claimed,
 * told (conv_status, chat_start) and only then given to the workers, so that what a worker says comes behind it. When no inbox
 * takes it, the claim is given back and that is told as well. */
final class Chat {
  private static final String BUSY = "Conversation is busy (another tab/process is answering).";
  private static final String PRESSURE = "System under pressure";
  private static final int CLAIMS = 3;

  private final KdcubeSettings settings;
  private final Claims claims;
  private final SendRates rates;
  private final Access access;
  private final Feed feed;
  private final Desks desks;

  Chat(
      KdcubeSettings settings,
      Claims claims,
      SendRates rates,
      Access access,
      Feed feed,
      Desks desks) {
    this.settings = settings;
    this.claims = claims;
    this.rates = rates;
    this.access = access;
    this.feed = feed;
    this.desks = desks;
  }

  /// Counts a message against what its sender may send.
  ///
  /// @return null when it may go on, else why not, once its stream was told
  /// @throws RequestException for who may send nothing at all
  CompletionStage<Outcome.@Nullable Refused> admit(Shard shard, Sender sender) {
    access.check(shard.metrics(), sender.visitor().identity(), Action.MESSAGE_SEND);
    if (shard.isDraining()) {
      shard.metrics().count(Counter.DRAIN_REFUSED);
      throw new RequestException(ErrorCode.UNAVAILABLE, "Service temporarily unavailable");
    }
    UserSession session = sender.session();
    SendRate.Limit limit = settings.rates().getOrDefault(session.type(), new SendRate.Limit(0, 0));
    Moment now = Moment.of(shard);
    return rates
        .take(session.id(), limit, now.millis())
        .<Outcome.@Nullable Refused>thenComposeAsync(
            wait ->
                wait == 0
                    ? CompletableFuture.<Outcome.@Nullable Refused>completedFuture(null)
                    : limited(shard, sender, limit, wait),
            now.shard());
  }

  private CompletionStage<Outcome.@Nullable Refused> limited(
      Shard shard, Sender sender, SendRate.Limit limit, int wait) {
    boolean burst = wait == SendRate.BURST_RETRY_SECONDS;
    shard.metrics().count(burst ? Counter.QUOTA_SENDS_BURST : Counter.QUOTA_SENDS_HOURLY);
    String error =
        burst
            ? "Rate limit exceeded: more than " + limit.burst() + " messages in a minute"
            : "Rate limit exceeded: more than " + limit.hourly() + " messages in an hour";
    long now = shard.clock().millis();
    KdcubeEnvelopes envelopes = sender.envelopes();
    CompletableFuture<Outcome.@Nullable Refused> told = new CompletableFuture<>();
    feed.publish(
        shard,
        sender.session(),
        List.of(
            envelopes.service(
                "gateway.rate_limit",
                "gateway",
                "gateway",
                "Gateway rejected request",
                ChatJson.gateway(error, "rate_limit", 429, wait, sender.endpoint()),
                now),
            envelopes.error(error, now)),
        _ ->
            told.complete(
                new Outcome.Refused(
                    429, "rate_limit", error, ChatJson.limited(error, wait), wait, null)));
    return told;
  }

  /// Tells the stream, and then who sent it, that a message is none.
  void refuse(Shard shard, Sender sender, RequestException why, Consumer<Outcome> answer) {
    Outcome.Refused refused = refusal(why, null);
    Event error = sender.envelopes().error(refused.error(), shard.clock().millis());
    tell(shard, sender, List.of(error), refused, answer);
  }

  /// Takes a message that was let in.
  ///
  /// @param attachments JSON array of what workers are told about them
  void send(
      Shard shard, Sender sender, Submission what, String attachments, Consumer<Outcome> answer) {
    Turn turn;
    try {
      turn = Turn.of(sender, what, attachments, settings);
    } catch (RequestException e) {
      answer.accept(refusal(e, null));
      return;
    }
    Outcome.Refused wrong = turn.judge(settings, desks.settings().inputBytes(), shard.metrics());
    if (wrong != null) {
      List<Event> told = List.of(turn.envelopes().error(wrong.error(), shard.clock().millis()));
      tell(shard, sender, told, wrong, answer);
      return;
    }
    claim(shard, turn, CLAIMS, answer);
  }

  /// Begins a turn, or finds that one is under way.
  private void claim(Shard shard, Turn turn, int tries, Consumer<Outcome> answer) {
    claims.look(
        shard,
        turn.key(),
        known -> {
          if (known != null && known.isBusy()) {
            onBusy(shard, turn, known.standing(), answer);
          } else if (turn.what().hasReaction()) {
            begin(shard, turn, known, tries, answer);
          } else {
            count(shard, turn, Submission.Kind.EVENT, null, answer);
          }
        },
        why -> answer.accept(away(turn, why)));
  }

  private static Outcome away(Turn turn, RequestException why) {
    return refusal(why, turn.key().conversationId());
  }

  private static Outcome.Refused refusal(RequestException why, @Nullable String conversationId) {
    String error = String.valueOf(why.getMessage());
    return new Outcome.Refused(
        why.code().status(),
        why.code().label(),
        error,
        Answers.quoted(error),
        why.code().retryable() ? 1 : 0,
        conversationId);
  }

  private void begin(
      Shard shard, Turn turn, @Nullable Known known, int tries, Consumer<Outcome> answer) {
    claims.claim(
        shard,
        turn,
        known,
        claimed -> {
          if (claimed == null) {
            claimAgain(shard, turn, tries, answer);
          } else {
            Turn begun = turn.as(turn.regularKind(), null, claimed.sent()).created(known == null);
            onClaimed(shard, begun, answer);
          }
        },
        why -> answer.accept(away(turn, why)));
  }

  private void claimAgain(Shard shard, Turn turn, int tries, Consumer<Outcome> answer) {
    if (tries > 1) {
      claim(shard, turn, tries - 1, answer);
    } else {
      answer.accept(
          away(turn, new RequestException(ErrorCode.UNAVAILABLE, "Conversation changes too fast")));
    }
  }

  private void onClaimed(Shard shard, Turn turn, Consumer<Outcome> answer) {
    long millis = shard.clock().millis();
    List<Event> told = new ArrayList<>(3);
    if (turn.isFirst()) {
      told.add(status(turn, Standing.CREATED, null, millis));
    }
    told.add(status(turn, Standing.IN_PROGRESS, null, millis));
    told.add(turn.envelopes().start(turn.shownText(), millis));
    feed.publish(
        shard,
        turn.sender().session(),
        told,
        last -> {
          if (last == null) {
            onNotTold(shard, turn, answer);
          } else {
            onTold(shard, turn, last, answer);
          }
        });
  }

  private void onTold(Shard shard, Turn turn, Cursor last, Consumer<Outcome> answer) {
    claims.told(
        shard,
        turn,
        last,
        other -> {
          if (other == null) {
            hand(shard, turn, answer);
          } else {
            onBusy(shard, turn, other, answer);
          }
        },
        _ -> onNotTold(shard, turn, answer));
  }

  private void onNotTold(Shard shard, Turn turn, Consumer<Outcome> answer) {
    claims.giveBack(shard, turn);
    answer.accept(pressure(turn, "events", 30));
  }

  /// Gives a message to the workers that begins no turn.
  ///
  /// @param active the turn that it continues; null for none
  private void count(
      Shard shard,
      Turn turn,
      Submission.Kind kind,
      @Nullable String active,
      Consumer<Outcome> answer) {
    claims.count(
        shard,
        turn,
        number -> hand(shard, turn.as(kind, active, number), answer),
        why -> answer.accept(away(turn, why)));
  }

  private static Event status(Turn turn, String state, @Nullable String completion, long millis) {
    return turn.envelopes().status(null, state, millis, turn.turnId(), completion, millis);
  }

  /// Gives the message to the inbox, and answers.
  private void hand(Shard shard, Turn turn, Consumer<Outcome> answer) {
    Request request =
        new Request(
            IngestFrame.Request.Kind.MESSAGE,
            turn.inbox(),
            turn.taskId(),
            turn.sender().session().user(),
            List.of(turn.sender().session().topic()),
            Map.of(
                IdField.THREAD_ID,
                turn.key().conversationId(),
                IdField.RUN_ID,
                turn.turnId(),
                IdField.REQUEST_ID,
                turn.requestId()),
            turn.payload());
    desks.send(
        turn.sender().visitor().identity(),
        request,
        refused -> shard.loop().execute(() -> onHanded(shard, turn, refused, answer)));
  }

  private void onHanded(
      Shard shard, Turn turn, RunAnswer.@Nullable Refused refused, Consumer<Outcome> answer) {
    if (refused != null) {
      onNoInbox(shard, turn, refused.code().label(), answer);
      return;
    }
    Outcome accepted = new Outcome.Accepted(turn.ack());
    if (turn.activeTurnId() == null) {
      answer.accept(accepted);
      return;
    }
    Event event =
        turn.envelopes()
            .service(
                "queue.continuation.accepted",
                "ingress",
                "queue.continuation",
                "Continuation accepted",
                turn.continuation(),
                shard.clock().millis());
    tell(shard, turn.sender(), List.of(event), accepted, answer);
  }

  private void onNoInbox(Shard shard, Turn turn, String reason, Consumer<Outcome> answer) {
    long millis = shard.clock().millis();
    int retryAfter = turn.retryAfterSeconds();
    String error = PRESSURE + " - request rejected (" + reason + ")";
    List<Event> told = new ArrayList<>(3);
    if (turn.activeTurnId() == null && turn.what().hasReaction()) {
      claims.giveBack(shard, turn);
      told.add(status(turn, Standing.IDLE, "rollback", millis));
    }
    told.add(turn.envelopes().error(error, millis));
    told.add(
        turn.envelopes()
            .service(
                "queue.enqueue_rejected",
                "queue",
                "enqueue",
                "Request rejected by queue",
                ChatJson.rejected(error, reason, retryAfter),
                millis));
    tell(shard, turn.sender(), told, pressure(turn, reason, retryAfter), answer);
  }

  private static Outcome pressure(Turn turn, String reason, int retryAfter) {
    return new Outcome.Refused(
        503,
        "queue.enqueue_rejected",
        PRESSURE,
        ChatJson.pressure(PRESSURE, reason, retryAfter),
        retryAfter,
        turn.key().conversationId());
  }

  /// What continues a turn goes to the workers too; any other message has to wait.
  private void onBusy(Shard shard, Turn turn, Standing busy, Consumer<Outcome> answer) {
    Submission.Kind kind = turn.continuingKind();
    if (kind != null) {
      count(shard, turn, kind, busy.turnId(), answer);
      return;
    }
    long millis = shard.clock().millis();
    KdcubeEnvelopes envelopes = turn.envelopes();
    List<Event> told =
        List.of(
            envelopes.status(
                turn.sender().streamId(),
                Standing.IN_PROGRESS,
                busy.updatedMillis(),
                busy.turnId(),
                null,
                millis),
            envelopes.error(BUSY, millis));
    Outcome refused =
        new Outcome.Refused(
            409, "conversation_busy", BUSY, Answers.quoted(BUSY), 0, turn.key().conversationId());
    tell(shard, turn.sender(), told, refused, answer);
  }

  /// Publishes events, then answers; what cannot be published is left out.
  private void tell(
      Shard shard, Sender sender, List<Event> events, Outcome outcome, Consumer<Outcome> answer) {
    feed.publish(shard, sender.session(), events, _ -> answer.accept(outcome));
  }

  /// How a conversation stands; told to the stream that asks.
  ///
  /// @param answer gets null for a conversation that is none
  /// @param refused gets why that cannot be known
  void status(
      Shard shard,
      Sender sender,
      @Nullable String wanted,
      @Nullable String bundleId,
      Consumer<@Nullable String> answer,
      Consumer<RequestException> refused) {
    UserSession session = sender.session();
    String id = wanted == null ? session.id() : wanted;
    Conversations.Key key = new Conversations.Key(session.tenant(), session.owner(), id);
    claims.look(
        shard,
        key,
        known -> {
          if (known == null || !settings.isBundle(bundleId)) {
            answer.accept(null);
          } else {
            tellStanding(shard, sender, id, bundleId, known.standing(), answer);
          }
        },
        refused);
  }

  private void tellStanding(
      Shard shard,
      Sender sender,
      String id,
      @Nullable String bundleId,
      Standing now,
      Consumer<@Nullable String> answer) {
    KdcubeEnvelopes envelopes =
        sender.envelopes(UUID.randomUUID().toString(), sender.labels(), id, now.turnId(), bundleId);
    Event event =
        envelopes.status(
            sender.streamId(),
            now.state(),
            now.updatedMillis(),
            now.turnId(),
            null,
            shard.clock().millis());
    feed.publish(
        shard, sender.session(), List.of(event), _ -> answer.accept(ChatJson.standing(id, now)));
  }
}

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
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.Request;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.kdcube.ConversationStore.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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
  private final ConversationStore conversations;
  private final Access access;
  private final Feed feed;
  private final Desks desks;

  Chat(
      KdcubeSettings settings,
      ConversationStore conversations,
      Access access,
      Feed feed,
      Desks desks) {
    this.settings = settings;
    this.conversations = conversations;
    this.access = access;
    this.feed = feed;
    this.desks = desks;
  }

  /// Counts a message against what its sender may send.
  ///
  /// @return whether it may go on; else `answer` gets why not
  /// @throws RequestException for who may send nothing at all
  boolean admit(Shard shard, Sender sender, Consumer<Outcome> answer) {
    access.check(shard.metrics(), sender.visitor().identity(), Action.MESSAGE_SEND);
    if (shard.isDraining()) {
      shard.metrics().count(Counter.DRAIN_REFUSED);
      throw new RequestException(ErrorCode.UNAVAILABLE, "Service temporarily unavailable");
    }
    UserSession session = sender.session();
    SendRate.Limit limit = settings.rates().getOrDefault(session.type(), new SendRate.Limit(0, 0));
    int wait = session.rate().take(limit, shard.clock().millis());
    if (wait == 0) {
      return true;
    }
    boolean burst = wait == SendRate.BURST_RETRY_SECONDS;
    shard.metrics().count(burst ? Counter.QUOTA_SENDS_BURST : Counter.QUOTA_SENDS_HOURLY);
    String error =
        burst
            ? "Rate limit exceeded: more than " + limit.burst() + " messages in a minute"
            : "Rate limit exceeded: more than " + limit.hourly() + " messages in an hour";
    long now = shard.clock().millis();
    KdcubeEnvelopes envelopes = sender.envelopes();
    tell(
        shard,
        sender,
        List.of(
            envelopes.service(
                "gateway.rate_limit",
                "gateway",
                "gateway",
                "Gateway rejected request",
                ChatJson.gateway(error, "rate_limit", 429, wait, sender.endpoint()),
                now),
            envelopes.error(error, now)),
        new Outcome.Refused(429, "rate_limit", error, ChatJson.limited(error, wait), wait, null),
        answer);
    return false;
  }

  /// Tells the stream, and then who sent it, that a message is none.
  void refuse(Shard shard, Sender sender, RequestException why, Consumer<Outcome> answer) {
    Outcome.Refused refused =
        Outcome.Refused.of(
            why.code().status(), why.code().label(), String.valueOf(why.getMessage()));
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
      answer.accept(
          Outcome.Refused.of(e.code().status(), e.code().label(), String.valueOf(e.getMessage())));
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
    Standing known = conversations.find(turn.key());
    if (known != null && known.isBusy()) {
      whenLooked(
          shard,
          turn.key(),
          known,
          now -> {
            if (now.isBusy()) {
              onBusy(shard, turn, now, answer);
            } else {
              begin(shard, turn, now, tries, answer);
            }
          });
    } else {
      begin(shard, turn, known, tries, answer);
    }
  }

  /// Finds out whether a turn that was under way still is.
  private void whenLooked(
      Shard shard, ConversationStore.Key key, Standing known, Consumer<Standing> then) {
    shard.read(
        new TopicKey(key.tenant(), known.topic()),
        log -> {
          String state = log == null ? null : TurnEnd.find(log, key.conversationId(), known);
          long millis = shard.clock().millis();
          if (state == null && millis - known.updatedMillis() >= settings.turnMillis()) {
            state = ConversationStore.IDLE;
          }
          if (state == null || state.equals(ConversationStore.IN_PROGRESS)) {
            then.accept(known);
            return;
          }
          String ended = state;
          conversations.update(
              key, known.turnId(), now -> now.isBusy() ? now.ended(ended, millis) : now);
          Standing now = conversations.find(key);
          then.accept(now == null ? known.ended(ended, millis) : now);
        });
  }

  private void begin(
      Shard shard, Turn turn, @Nullable Standing known, int tries, Consumer<Outcome> answer) {
    if (!turn.what().hasReaction()) {
      hand(shard, turn.as(Submission.Kind.EVENT, null, count(turn.key(), known)), answer);
      return;
    }
    int sent = known == null ? 1 : known.sent() + 1;
    long millis = shard.clock().millis();
    Standing claimed =
        new Standing(
            ConversationStore.IN_PROGRESS,
            turn.turnId(),
            millis,
            turn.sender().session().topic(),
            null,
            sent);
    if (!conversations.begin(turn.key(), known, claimed, Moment.of(shard))) {
      if (tries > 1) {
        claim(shard, turn, tries - 1, answer);
      } else {
        onBusy(shard, turn, claimed, answer);
      }
      return;
    }
    Turn begun = turn.as(turn.regularKind(), null, sent).created(known == null);
    List<Event> told = new ArrayList<>(3);
    if (known == null) {
      told.add(status(begun, ConversationStore.CREATED, null, millis));
    }
    told.add(status(begun, ConversationStore.IN_PROGRESS, null, millis));
    told.add(begun.envelopes().start(begun.shownText(), millis));
    feed.publish(
        shard,
        turn.sender().session(),
        told,
        last -> {
          if (last == null) {
            onNotTold(shard, begun, answer);
          } else {
            onTold(shard, begun, last, answer);
          }
        });
  }

  private int count(ConversationStore.Key key, @Nullable Standing known) {
    if (known == null) {
      return 1;
    }
    conversations.update(key, known.turnId(), Standing::withOneMore);
    return known.sent() + 1;
  }

  private void onTold(Shard shard, Turn turn, Cursor last, Consumer<Outcome> answer) {
    conversations.update(turn.key(), turn.turnId(), claimed -> claimed.begunAt(last));
    hand(shard, turn, answer);
  }

  private void onNotTold(Shard shard, Turn turn, Consumer<Outcome> answer) {
    giveBack(turn, shard.clock().millis());
    answer.accept(pressure(turn, "events", 30));
  }

  private void giveBack(Turn turn, long millis) {
    conversations.update(
        turn.key(),
        turn.turnId(),
        claimed -> claimed.isBusy() ? claimed.ended(ConversationStore.IDLE, millis) : claimed);
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
      giveBack(turn, millis);
      told.add(status(turn, ConversationStore.IDLE, "rollback", millis));
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
      hand(shard, turn.as(kind, busy.turnId(), count(turn.key(), busy)), answer);
      return;
    }
    long millis = shard.clock().millis();
    KdcubeEnvelopes envelopes = turn.envelopes();
    List<Event> told =
        List.of(
            envelopes.status(
                turn.sender().streamId(),
                ConversationStore.IN_PROGRESS,
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
  void status(
      Shard shard,
      Sender sender,
      @Nullable String wanted,
      @Nullable String bundleId,
      Consumer<@Nullable String> answer) {
    UserSession session = sender.session();
    String id = wanted == null ? session.id() : wanted;
    ConversationStore.Key key = new ConversationStore.Key(session.tenant(), session.owner(), id);
    Standing known = conversations.find(key);
    if (known == null || !settings.isBundle(bundleId)) {
      answer.accept(null);
      return;
    }
    whenLooked(
        shard,
        key,
        known,
        now -> {
          KdcubeEnvelopes envelopes =
              sender.envelopes(
                  UUID.randomUUID().toString(), sender.labels(), id, now.turnId(), bundleId);
          Event event =
              envelopes.status(
                  sender.streamId(),
                  now.state(),
                  now.updatedMillis(),
                  now.turnId(),
                  null,
                  shard.clock().millis());
          feed.publish(
              shard, session, List.of(event), _ -> answer.accept(ChatJson.standing(id, now)));
        });
  }
}

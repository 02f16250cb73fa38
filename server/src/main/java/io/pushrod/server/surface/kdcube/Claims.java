package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.RequestException;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.surface.kdcube.Conversations.Known;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who has a conversation for a turn: one message at a time, over all servers.
///
/// **Thread:** the shard that is given, where answers come too.
/* A claim whose beginning is not known to be told within CLAIM_MILLIS counts as given back, as its server may be gone. Whoever
 * told it too late finds that it is another's by then, and gives nothing to the workers. A claim that was told lasts until
 * its turn's end is in the log, or for turn_life. */
final class Claims {
  private static final long CLAIM_MILLIS = 30_000;
  private static final int RETURNS = 60;

  private final Conversations conversations;
  private final long turnMillis;

  /// @param turnMillis after which a turn that nobody ended is over
  Claims(Conversations conversations, long turnMillis) {
    this.conversations = conversations;
    this.turnMillis = turnMillis;
  }

  /// Finds how a conversation stands by now, as the events of its turn say.
  ///
  /// @param then gets null for a new one
  void look(
      Shard shard,
      Conversations.Key key,
      Consumer<? super @Nullable Known> then,
      Consumer<RequestException> failed) {
    Moment.of(shard)
        .take(
            conversations.find(key),
            known -> {
              if (known == null || !known.isBusy()) {
                then.accept(known);
              } else {
                lookAtEvents(shard, key, known, then, failed);
              }
            },
            failed);
  }

  private void lookAtEvents(
      Shard shard,
      Conversations.Key key,
      Known known,
      Consumer<? super @Nullable Known> then,
      Consumer<RequestException> failed) {
    Standing turn = known.standing();
    shard.read(
        new TopicKey(key.tenant(), turn.topic()),
        log -> {
          Consumer<@Nullable String> told = state -> judge(shard, key, known, state, then, failed);
          if (log == null) {
            told.accept(null);
          } else {
            TurnEnd.find(shard, log, key.conversationId(), turn, told);
          }
        });
  }

  private void judge(
      Shard shard,
      Conversations.Key key,
      Known known,
      @Nullable String told,
      Consumer<? super @Nullable Known> then,
      Consumer<RequestException> failed) {
    Moment now = Moment.of(shard);
    Standing turn = known.standing();
    String state = told == null && isGivenUp(turn, now.millis()) ? Standing.IDLE : told;
    if (state == null || state.equals(Standing.IN_PROGRESS)) {
      then.accept(known);
    } else {
      now.take(
          conversations.update(key, turn.claim(), each -> end(each, state, now)), then, failed);
    }
  }

  private boolean isGivenUp(Standing turn, long millis) {
    long most = turn.begun() == null ? Math.min(CLAIM_MILLIS, turnMillis) : turnMillis;
    return millis - turn.updatedMillis() >= most;
  }

  private static Standing end(Standing turn, String state, Moment now) {
    return turn.isBusy() ? turn.ended(state, now.millis()) : turn;
  }

  /// Claims a conversation for a turn, as long as it is as it was found.
  ///
  /// @param known null for a new one
  /// @param then gets the claim, or null when the conversation changed since
  void claim(
      Shard shard,
      Turn turn,
      @Nullable Known known,
      Consumer<? super @Nullable Standing> then,
      Consumer<RequestException> failed) {
    Moment now = Moment.of(shard);
    Standing claimed =
        new Standing(
            Standing.IN_PROGRESS,
            turn.turnId(),
            turn.claim(),
            now.millis(),
            turn.sender().session().topic(),
            null,
            known == null ? 1 : known.standing().sent() + 1);
    now.take(
        conversations.begin(turn.key(), known, claimed, now),
        begun -> then.accept(begun ? claimed : null),
        why -> {
          giveBack(shard, turn, 1); // it may have been stored
          failed.accept(why);
        });
  }

  /// Notes behind which event the turn's are, as its beginning was told.
  ///
  /// @param then gets who has the conversation instead; null when the turn has it
  void told(
      Shard shard,
      Turn turn,
      Cursor last,
      Consumer<? super @Nullable Standing> then,
      Consumer<RequestException> failed) {
    Moment.of(shard)
        .take(
            conversations.update(turn.key(), turn.claim(), claimed -> claimed.begunAt(last)),
            now ->
                then.accept(
                    now == null || now.standing().claim().equals(turn.claim())
                        ? null
                        : now.standing()),
            failed);
  }

  /// Counts a message that begins no turn.
  ///
  /// @param then gets its number in the conversation
  void count(Shard shard, Turn turn, Consumer<Integer> then, Consumer<RequestException> failed) {
    Moment.of(shard)
        .take(
            conversations.update(turn.key(), null, Standing::withOneMore),
            now -> then.accept(now == null ? 1 : now.standing().sent()),
            failed);
  }

  /// The turn does not take place. Where the store does not answer that is said again for a minute.
  void giveBack(Shard shard, Turn turn) {
    giveBack(shard, turn, RETURNS);
  }

  private void giveBack(Shard shard, Turn turn, int tries) {
    Moment now = Moment.of(shard);
    now.take(
        conversations.update(turn.key(), turn.claim(), each -> end(each, Standing.IDLE, now)),
        _ -> {},
        _ -> {
          if (tries > 1) {
            var _ =
                shard.loop().schedule(() -> giveBack(shard, turn, tries - 1), 1, TimeUnit.SECONDS);
          }
        });
  }
}

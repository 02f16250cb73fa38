package io.pushrod.server.surface.kdcube;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.Cursor;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.LocalTable;
import io.pushrod.server.storage.MemoryState;
import io.pushrod.server.storage.RecordTable;
import io.pushrod.server.surface.kdcube.Conversations.Known;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ConversationsTest {
  private static final Conversations.Key KEY = new Conversations.Key("acme", "user ann", "c1");
  private static final Moment NOW = new Moment(0, new ShardMetrics(), Runnable::run);

  private final RecordTable table =
      new LocalTable(
          new RecordTable.Settings("c", 10, 1_000), () -> 0, new MemoryState(), () -> null);
  private final Conversations conversations = new Conversations(table);

  private static Standing turn(String id, String claim) {
    return new Standing(Standing.IN_PROGRESS, id, claim, 7, "session/s", null, 1);
  }

  private static <T extends @Nullable Object> T now(CompletionStage<T> answer) {
    return answer.toCompletableFuture().join();
  }

  private Standing known() {
    return requireNonNull(now(conversations.find(KEY))).standing();
  }

  @Test
  void ofTwoTurnsOneBegins() {
    assertThat(now(conversations.begin(KEY, null, turn("t1", "a"), NOW))).isTrue();
    assertThat(now(conversations.begin(KEY, null, turn("t1", "b"), NOW))).isFalse();

    Known seen = now(conversations.find(KEY));
    assertThat(now(conversations.begin(KEY, seen, turn("t2", "c"), NOW))).isTrue();
    assertThat(now(conversations.begin(KEY, seen, turn("t3", "d"), NOW))).isFalse();

    assertThat(known().turnId()).isEqualTo("t2");
  }

  /// As after an answer that was lost.
  @Test
  void aTurnThatHasBegunIsKnownAgain() {
    assertThat(now(conversations.begin(KEY, null, turn("t1", "a"), NOW))).isTrue();
    now(conversations.update(KEY, null, Standing::withOneMore));

    assertThat(now(conversations.begin(KEY, null, turn("t1", "a"), NOW))).isTrue();
    assertThat(known().sent()).isEqualTo(2);
  }

  @Test
  void changesOnlyTheTurnThatIsMeant() {
    now(conversations.begin(KEY, null, turn("t1", "a"), NOW));
    Cursor begun = new Cursor(5, 6);

    Known other = now(conversations.update(KEY, "b", turn -> turn.ended(Standing.IDLE, 9)));
    assertThat(requireNonNull(other).isBusy()).isTrue();
    now(conversations.update(KEY, "a", turn -> turn.begunAt(begun)));
    now(conversations.update(KEY, "a", turn -> turn.ended(Standing.ERROR, 9)));

    assertThat(known())
        .isEqualTo(new Standing(Standing.ERROR, "t1", "a", 9, "session/s", begun, 1));
  }

  @Test
  void losesNoneOfManyChanges() {
    now(conversations.begin(KEY, null, turn("t1", "a"), NOW));

    CompletableFuture<?>[] all = new CompletableFuture<?>[8];
    for (int i = 0; i < all.length; i++) {
      all[i] =
          CompletableFuture.runAsync(
              () -> {
                for (int each = 0; each < 100; each++) {
                  now(conversations.update(KEY, null, Standing::withOneMore));
                }
              });
    }
    CompletableFuture.allOf(all).join();

    assertThat(known().sent()).isEqualTo(801);
  }

  @Test
  void theSameIdOfAnotherOwnerIsAnotherConversation() {
    now(conversations.begin(KEY, null, turn("t1", "a"), NOW));

    assertThat(now(conversations.find(new Conversations.Key("acme", "user bob", "c1")))).isNull();
    assertThat(now(conversations.find(new Conversations.Key("other", "user ann", "c1")))).isNull();
  }
}

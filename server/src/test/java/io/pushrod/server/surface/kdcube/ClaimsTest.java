package io.pushrod.server.surface.kdcube;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.RequestException;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.storage.LocalTable;
import io.pushrod.server.storage.MemoryState;
import io.pushrod.server.storage.RecordTable;
import io.pushrod.server.support.LogFixture;
import io.pushrod.server.surface.kdcube.Conversations.Known;
import io.pushrod.server.surface.route.Doorkeeper;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Claims on one conversation, with a clock that stands still and a store that can be away.
final class ClaimsTest implements Clock {
  private static final long TURN_MILLIS = 3_600_000;
  private static final UserSession SESSION =
      new UserSession("s1", "acme", UserType.REGISTERED, "ann", List.of(), "f", 0);

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final AtomicReference<@Nullable String> obstacle = new AtomicReference<>();
  private long nowMillis = 1_795_241_760_123L;
  private final Shard shard = shard();
  private final RecordTable table =
      new LocalTable(
          new RecordTable.Settings("c", 10, 10 * TURN_MILLIS),
          this::millis,
          new MemoryState(),
          obstacle::get);
  private final Conversations conversations = new Conversations(table);
  private final Claims claims = new Claims(conversations, TURN_MILLIS);
  private final List<String> heard = new ArrayList<>();

  private Shard shard() {
    Hub hub = new Hub();
    Shard one =
        new Shard(
            0,
            loop.eventLoop(),
            hub,
            new HubSettings(
                LogFixture.AMPLE,
                "prod",
                8,
                64,
                16,
                1 << 20,
                1 << 20,
                5_000_000_000L,
                SocketWriters.NETTY,
                new Readership(Grants.NONE)),
            this,
            new ShardMetrics(),
            new UnpooledByteBufAllocator(true));
    hub.start(List.of(one));
    return one;
  }

  @Override
  public long nanos() {
    return 1;
  }

  @Override
  public long millis() {
    return nowMillis;
  }

  @AfterEach
  void close() {
    loop.runPendingTasks();
    shard.close();
  }

  private static Turn turn(String id) {
    Sender sender =
        new Sender(
            new Visitor(SESSION, Doorkeeper.anonymous("acme")),
            new Labels(null, null),
            null,
            "test",
            null,
            null);
    Submission what =
        Submission.of(
            Node.parse(
                "{\"message\":{\"message\":\"hi\",\"conversation_id\":\"c1\",\"turn_id\":\""
                    + id
                    + "\"}}"));
    return Turn.of(sender, what, "[]", KdcubeSettings.of(List.of()));
  }

  private void failed(RequestException why) {
    heard.add(why.code().label());
  }

  private @Nullable Known look() {
    List<@Nullable Known> found = new ArrayList<>(1);
    claims.look(shard, turn("any").key(), found::add, this::failed);
    loop.runPendingTasks();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private boolean isBusy() {
    Known known = look();
    return known != null && known.isBusy();
  }

  private void claim(Turn turn) {
    claims.claim(
        shard,
        turn,
        look(),
        claimed -> heard.add(claimed == null ? "taken" : "claimed " + claimed.sent()),
        this::failed);
    loop.runPendingTasks();
  }

  private void told(Turn turn) {
    claims.told(
        shard,
        turn,
        new Cursor(5, 1),
        other -> heard.add(other == null ? "goes on" : "it is " + other.turnId() + "'s"),
        this::failed);
    loop.runPendingTasks();
  }

  @Test
  void aClaimThatWasNeverToldIsVoidAfterAWhile() {
    claim(turn("t1"));
    nowMillis += 29_999;
    assertThat(isBusy()).isTrue();

    nowMillis++;
    assertThat(isBusy()).isFalse();
    claim(turn("t2"));
    assertThat(heard).containsExactly("claimed 1", "claimed 2");
  }

  @Test
  void whoTellsItTooLateGivesNothingToTheWorkers() {
    Turn late = turn("t1");
    claim(late);
    nowMillis += 30_000;
    claim(turn("t2"));

    told(late);

    assertThat(heard).endsWith("it is t2's");
    assertThat(isBusy()).isTrue();
  }

  @Test
  void aTurnThatWasToldLastsUntilItsEndOrSoLong() {
    Turn turn = turn("t1");
    claim(turn);
    told(turn);

    nowMillis += TURN_MILLIS - 1;
    assertThat(isBusy()).isTrue();
    nowMillis++;
    assertThat(isBusy()).isFalse();
    assertThat(heard).containsExactly("claimed 1", "goes on");
  }

  @Test
  void ofTwoWhoSawTheSameOneGetsIt() {
    Known seen = look();
    claim(turn("t1"));

    claims.claim(
        shard,
        turn("t1"),
        seen,
        claimed -> heard.add(claimed == null ? "taken" : "claimed too"),
        this::failed);
    loop.runPendingTasks();

    assertThat(heard).containsExactly("claimed 1", "taken");
  }

  @Test
  void isGivenBackAgainUntilTheStoreHasIt() {
    Turn turn = turn("t1");
    claim(turn);
    told(turn);
    obstacle.set("disk: full");

    claims.giveBack(shard, turn);
    for (int i = 0; i < 3; i++) {
      loop.advanceTimeBy(1, TimeUnit.SECONDS);
      loop.runScheduledPendingTasks();
    }
    assertThat(isBusy()).isTrue();
    obstacle.set(null);
    loop.advanceTimeBy(1, TimeUnit.SECONDS);
    loop.runScheduledPendingTasks();

    assertThat(isBusy()).isFalse();
  }

  @Test
  void saysThatTheStoreIsAwayAndClaimsNothing() {
    obstacle.set("disk: full");

    claim(turn("t1"));

    assertThat(heard).containsExactly("unavailable");
    obstacle.set(null);
    assertThat(look()).isNull();
  }
}

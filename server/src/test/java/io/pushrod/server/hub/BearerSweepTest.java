package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BearerSweepTest {
  private final ShardFixture fixture = new ShardFixture(2, ShardFixture.ample());

  @AfterEach
  void close() {
    fixture.close();
  }

  private FakeConnection connect(int shard, String user) {
    FakeConnection connection = fixture.connect(shard);
    connection.identify(
        new Identity(
            "acme",
            user,
            Set.of(),
            Grants.ALL,
            Grants.ALL,
            Grants.NONE,
            Set.of(),
            0,
            Long.MAX_VALUE,
            ""));
    schedule(shard, connection);
    return connection;
  }

  private void schedule(int shard, FakeConnection connection) {
    fixture.shard(shard).wheel().schedule(connection, fixture.nowNanos + TimeUnit.HOURS.toNanos(1));
  }

  private CompletableFuture<Integer> closeAnn() {
    return fixture.hub.closeBearers(who -> who.user().equals("ann"), CloseReason.TOKEN_REVOKED);
  }

  @Test
  void closesThoseThatItIsAskedForOnEveryShard() {
    FakeConnection first = connect(0, "ann");
    FakeConnection second = connect(1, "ann");
    FakeConnection other = connect(0, "bob");
    FakeConnection nobody = fixture.connect(0);
    schedule(0, nobody);
    CompletableFuture<Integer> closed = closeAnn();
    fixture.run();
    assertThat(closed).isCompletedWithValue(2);
    assertThat(first.isClosing()).isTrue();
    assertThat(second.isClosing()).isTrue();
    assertThat(other.isClosing()).isFalse();
    assertThat(nobody.isClosing()).isFalse();
  }

  @Test
  void letsTheLoopDoOtherThingsAfterAThousandConnections() {
    List<FakeConnection> all = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      all.add(connect(0, "ann"));
    }
    List<Long> closedSoFar = new ArrayList<>();
    CompletableFuture<Integer> closed = closeAnn();
    Runnable other =
        new Runnable() {
          @Override
          public void run() {
            closedSoFar.add(all.stream().filter(FakeConnection::isClosing).count());
            if (closedSoFar.size() < 3) {
              fixture.shard(0).loop().execute(this);
            }
          }
        };
    fixture.shard(0).loop().execute(other);
    fixture.run();
    assertThat(closedSoFar).containsExactly(1_000L, 2_000L, 2_500L);
    assertThat(closed).isCompletedWithValue(2_500);
  }
}

package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.server.run.DeskMessage.Accepted;
import io.pushrod.server.run.DeskMessage.CancelPassed;
import io.pushrod.server.run.DeskMessage.Consumed;
import io.pushrod.server.run.DeskMessage.Declined;
import io.pushrod.server.run.DeskMessage.Granted;
import io.pushrod.server.run.DeskMessage.Offered;
import io.pushrod.server.run.DeskMessage.Released;
import io.pushrod.server.run.DeskMessage.Renewed;
import io.pushrod.server.run.DeskMessage.Reply;
import io.pushrod.server.run.DeskMessage.SeatClosed;
import io.pushrod.server.run.DeskMessage.SeatOpened;
import io.pushrod.server.run.DeskMessage.SeatSaying;
import io.pushrod.server.run.DeskMessage.Settled;
import io.pushrod.server.run.DeskMessage.Wish;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A desk that this server has, for all servers.
///
/// **Thread:** the clerk's; the desk itself lives on its shard.
final class HostedDesk {
  static final Reply RETRY =
      new Reply.Refused(
          ErrorCode.UNAVAILABLE, "desk: not to be reached now (expected: a retry)", 1_000);

  /// @param number of that server's own
  private record SeatKey(String node, long number) {}

  final Desk desk;
  final Tenure tenure;
  private final DeskCluster cluster;
  private final Map<SeatKey, Seat> seats = new HashMap<>();
  long renewedNanos;
  boolean renewing;

  HostedDesk(Desk desk, Tenure tenure, DeskCluster cluster, long nowNanos) {
    this.desk = desk;
    this.tenure = tenure;
    this.cluster = cluster;
    this.renewedNanos = nowNanos;
  }

  /// @param reply comes on any thread
  void perform(Wish wish, Consumer<Reply> reply) {
    desk.execute(
        () -> {
          if (!desk.mayAct()) {
            reply.accept(RETRY);
            return;
          }
          switch (wish) {
            case Wish.Start start ->
                desk.start(
                    new RunStart(
                        user(desk.tenant(), start.user()),
                        start.agent(),
                        start.runId(),
                        start.idempotencyKey(),
                        start.furtherTopics(),
                        start.provider(),
                        start.direct(),
                        start.input()),
                    answer -> reply.accept(reply(answer)));
            case Wish.Send(Request message) ->
                desk.send(
                    message, refused -> reply.accept(refused == null ? TAKEN : reply(refused)));
            case Wish.Cancel(String runId, CancelOrder order) ->
                desk.cancel(runId, order, answer -> reply.accept(reply(answer)));
            case Wish.Kill(List<String> runs, CancelOrder order) -> {
              Set<String> which = Set.copyOf(runs);
              desk.kill(run -> which.contains(run.id()), order);
              reply.accept(TAKEN);
            }
          }
        });
  }

  private static final Reply TAKEN = new Reply.Taken();

  private static Identity user(String tenant, String name) {
    return new Identity(
        tenant,
        name,
        Set.of(),
        Grants.NONE,
        Grants.NONE,
        Grants.NONE,
        Set.of(),
        0,
        Long.MAX_VALUE,
        "");
  }

  private static Reply reply(RunAnswer answer) {
    return switch (answer) {
      case RunAnswer.Done(RunView run, boolean fresh) -> new Reply.Done(run, fresh);
      case RunAnswer.Refused(ErrorCode code, String message, long retryAfterMillis) ->
          new Reply.Refused(code, message, retryAfterMillis);
    };
  }

  void offer(Request message) {
    desk.execute(() -> desk.offer(message));
  }

  void emitted(DeskMessage.Emitted emitted) {
    desk.execute(
        () -> {
          Run run = desk.book().find(emitted.runId());
          if (run != null) {
            run.emissions().emitted(desk.nowMillis() - emitted.agoMillis(), emitted.step());
          }
        });
  }

  // Workers of any server.

  /// @return false for a seat that it does not know
  boolean onSeat(String from, SeatSaying said) {
    SeatKey key = new SeatKey(from, said.seat());
    if (said instanceof SeatOpened opened) {
      close(seats.remove(key));
      Seat seat = new Seat(opened.producer(), new LinkBack(from, opened.seat()));
      seats.put(key, seat);
      return true;
    }
    Seat seat = seats.get(key);
    if (seat == null) {
      return said instanceof SeatClosed;
    }
    if (said instanceof SeatClosed) {
      seats.remove(key);
    }
    desk.execute(() -> hear(seat, said));
    return true;
  }

  /// **Thread:** the desk's.
  private void hear(Seat seat, SeatSaying said) {
    switch (said) {
      case SeatOpened _ -> {}
      case Consumed consumed -> desk.workers().consume(seat, consumed.pattern(), consumed.credit());
      case Accepted accepted -> desk.workers().accept(seat, accepted.lease());
      case Declined no -> desk.workers().refuse(seat, no.lease(), no.elsewhere(), no.message());
      case Renewed renewed -> desk.workers().renew(seat, renewed.leases());
      case Settled settled ->
          desk.workers().settle(seat, settled.lease(), settled.outcome(), settled.payload());
      case SeatClosed _ -> desk.workers().close(seat);
    }
  }

  /// All seats of a server are gone; what their workers had accepted waits for them.
  void closeSeats(String node) {
    List.copyOf(seats.keySet()).stream()
        .filter(key -> key.node().equals(node))
        .forEach(key -> close(seats.remove(key)));
  }

  private void close(@Nullable Seat seat) {
    if (seat != null) {
      desk.execute(() -> desk.workers().close(seat));
    }
  }

  /// **Thread:** any.
  private final class LinkBack implements WorkerLink {
    private final String node;
    private final long seat;

    LinkBack(String node, long seat) {
      this.node = node;
      this.seat = seat;
    }

    @Override
    public void offer(Offer offer) {
      cluster.tell(node, new Offered(seat, offer));
    }

    @Override
    public void grant(long lease) {
      cluster.tell(node, new Granted(seat, lease));
    }

    @Override
    public void cancel(long lease, CancelOrder order) {
      cluster.tell(node, new CancelPassed(seat, lease, order));
    }

    @Override
    public void release(long lease, @Nullable ErrorCode code, String message) {
      cluster.tell(node, new Released(seat, lease, code, message));
    }

    @Override
    public void onHeard() {}
  }
}

package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.DeskMessage.Answer;
import io.pushrod.server.run.DeskMessage.Ask;
import io.pushrod.server.run.DeskMessage.DeskLeft;
import io.pushrod.server.run.DeskMessage.DeskSaying;
import io.pushrod.server.run.DeskMessage.DeskTaken;
import io.pushrod.server.run.DeskMessage.Emitted;
import io.pushrod.server.run.DeskMessage.OfferMessage;
import io.pushrod.server.run.DeskMessage.Reply;
import io.pushrod.server.run.DeskMessage.RunSaid;
import io.pushrod.server.run.DeskMessage.SeatSaying;
import io.pushrod.server.run.DeskMessage.SeatUnknown;
import io.pushrod.server.run.DeskMessage.Wish;
import io.pushrod.server.run.wire.MalformedMessage;
import io.pushrod.server.run.wire.NodeLinks;
import io.pushrod.server.run.wire.Sent;
import io.pushrod.server.run.wire.Wire;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The desks of all tenants as several servers have them: each on one of them, reached from all.
///
/// **Thread:** the clerk's, one at a time, where a method does not say otherwise.
/* Whoever wants something of a desk asks the server that has it, and if nobody has it takes it. A server has a desk for as
 * long as it renews a lease; one that is late does nothing. Between two servers messages are heard once and in order
 * ([NodeLinks]), until one of them begins anew: then what was under way counts as unknown, and both say again what they
 * have: the desk's server its runs, the workers' server its seats, as if those workers had reconnected. The desk's own
 * server is reached in the same way, without the wire. */
final class DeskCluster implements Wire.Listener, NodeLinks.Listener {
  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Wire wire;
  private final ClusterSettings settings;
  private final Clock clock;
  private final Executor clerk;
  private final ShardMetrics metrics;
  private final NodeLinks links;
  private final RunMirror mirror;
  private final DeskHomes homes;
  private final DeskRoom room;
  private final Map<Long, PendingAsk> pending = new HashMap<>();
  private final Map<Long, TravellingSeat> seats = new HashMap<>();
  private final Set<String> peers = new HashSet<>();
  private long asks;
  private long seatNumbers;
  private boolean reading;
  private boolean readAgain;
  private long sweptNanos;

  /// Whether nothing can have been missed that others say of runs.
  private volatile boolean sure;

  DeskCluster(
      Wire wire,
      DeskLeases leases,
      DeskRoom room,
      RunSettings runs,
      ClusterSettings settings,
      Clock clock,
      Executor clerk,
      ShardMetrics metrics) {
    this.wire = wire;
    this.settings = settings;
    this.clock = clock;
    this.clerk = clerk;
    this.metrics = metrics;
    this.room = room;
    this.mirror = new RunMirror(runs);
    this.links =
        new NodeLinks(wire, clock::nanos, settings.repeatNanos(), settings.linkBytes(), this);
    this.homes = new DeskHomes(wire.node(), leases, room, this, clock);
  }

  /// Begins to hear of others. **Thread:** any.
  void join() {
    wire.listen(this);
    execute(
        () -> {
          onNodesNow(wire.nodes());
          readRuns();
        });
  }

  /// Does something as the clerk. **Thread:** any.
  void execute(Runnable task) {
    clerk.execute(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            metrics.count(Counter.INTERNAL_ERRORS);
            DeskHomes.log.error("bug in the clerk of runs", e);
          }
        });
  }

  // What is wanted of desks.

  /// **Thread:** any.
  ///
  /// @param answer comes on the clerk's
  void ask(String tenant, Wish wish, Consumer<Reply> answer) {
    execute(
        () -> {
          long due = clock.nanos() + settings.askNanos();
          PendingAsk ask = new PendingAsk(++asks, tenant, wish, answer, due);
          pending.put(ask.id, ask);
          route(ask);
        });
  }

  private void route(PendingAsk ask) {
    DeskHome home = homes.of(ask.tenant);
    String node = home.node;
    ask.node = node;
    if (node == null) {
      home.waiting.add(ask);
      homes.look(home);
    } else {
      ask.sent = send(node, new Ask(ask.id, ask.tenant, ask.wish), () -> {});
    }
  }

  private void onAnswer(String from, long id, Reply reply) {
    PendingAsk ask = pending.get(id);
    if (ask == null || !from.equals(ask.node)) {
      return;
    }
    if (reply instanceof Reply.NotHere) {
      homes.onNotHere(ask.tenant, from);
      route(ask);
    } else {
      answer(ask, reply);
    }
  }

  private void answer(PendingAsk ask, Reply reply) {
    pending.remove(ask.id);
    ask.withdraw();
    if (reply instanceof Reply.Done done) {
      RunMirror.Mirrored known = mirror.find(topic(done.run()));
      mirror.say(done.run(), known == null ? null : known.holder());
    }
    ask.answer.accept(reply);
  }

  private static TopicKey topic(RunView run) {
    return new TopicKey(run.tenant(), run.topic());
  }

  /// **Thread:** any.
  void offer(String tenant, Request message) {
    execute(
        () -> {
          DeskHome home = homes.of(tenant);
          if (home.node != null) {
            tell(home.node, new OfferMessage(tenant, message));
          } else {
            homes.look(home);
          }
        });
  }

  /// Ends all active runs that `which` picks. **Thread:** any.
  void kill(String tenant, Predicate<RunView> which, CancelOrder order) {
    execute(
        () -> {
          List<String> runs =
              mirror
                  .list(
                      tenant,
                      run -> !run.status().isTerminal() && which.test(run),
                      Integer.MAX_VALUE)
                  .stream()
                  .map(RunView::id)
                  .toList();
          if (!runs.isEmpty()) {
            ask(tenant, new Wish.Kill(runs, order), _ -> {});
          }
        });
  }

  // Runs.

  /// **Thread:** any.
  @Nullable RunView find(TopicKey topic) {
    RunMirror.Mirrored run = mirror.find(topic);
    return run == null ? null : run.view();
  }

  /// **Thread:** any.
  void list(String tenant, Predicate<RunView> which, int limit, Consumer<List<RunView>> answer) {
    execute(() -> answer.accept(mirror.list(tenant, which, limit)));
  }

  /// **Thread:** any.
  Runnable watch(TopicKey topic, Consumer<RunView> listener) {
    execute(() -> mirror.watch(topic, listener));
    return () -> execute(() -> mirror.unwatch(topic, listener));
  }

  /// Judges what is published here to a run of a desk elsewhere, and lets that know. **Thread:**
  /// any.
  @Nullable ErrorCode judge(TopicKey topic, @Nullable Producer producer, String type) {
    RunMirror.Mirrored run = mirror.find(topic);
    if (run == null) {
      return sure ? null : ErrorCode.UNAVAILABLE;
    }
    if (producer == null || !producer.equals(run.holder()) || Emissions.isOurs(type)) {
      return ErrorCode.FENCED;
    }
    DeskMessage.NodeStep step = Emissions.step(type);
    long now = clock.nanos();
    if (run.report.isDue(now, step != DeskMessage.NodeStep.NONE)) {
      execute(() -> report(run.view(), step, now));
    }
    return null;
  }

  private void report(RunView run, DeskMessage.NodeStep step, long atNanos) {
    String node = homes.of(run.tenant()).node;
    if (node != null) {
      long agoMillis = Math.max(0, (clock.nanos() - atNanos) / 1_000_000);
      tell(node, new Emitted(run.tenant(), run.id(), agoMillis, step));
    }
  }

  /// A run of a desk here is another than before. **Thread:** any, in order for each run.
  void say(RunView run, @Nullable Producer holder) {
    execute(
        () -> {
          mirror.say(run, holder);
          tellAll(new RunSaid(run, holder));
        });
  }

  private void readRuns() {
    if (reading) {
      readAgain = true;
      return;
    }
    reading = true;
    room.readRuns(
        (run, holder) -> execute(() -> mirror.say(run, holder)), all -> execute(() -> onRead(all)));
  }

  private void onRead(boolean all) {
    reading = false;
    if (all && !readAgain) {
      sure = true;
      mirror.tenants().stream().filter(mirror::hasActive).forEach(homes::want);
    } else if (all) {
      readAgain = false;
      readRuns();
    } else {
      readAgain = true;
    }
  }

  boolean hasActive(String tenant) {
    return mirror.hasActive(tenant);
  }

  // Workers.

  /// **Thread:** any.
  TravellingSeat seat(String tenant, Producer producer, WorkerLink link) {
    long number;
    synchronized (seats) {
      number = ++seatNumbers;
    }
    TravellingSeat seat = new TravellingSeat(this, tenant, number, producer, link);
    execute(
        () -> {
          seats.put(number, seat);
          DeskHome home = homes.of(tenant);
          home.seats.put(number, seat);
          if (home.node == null) {
            homes.look(home);
          } else {
            seat.attach(home.node);
          }
        });
    return seat;
  }

  void leave(TravellingSeat seat) {
    seats.remove(seat.number());
    homes.of(seat.tenant()).seats.remove(seat.number());
  }

  void look(String tenant) {
    homes.look(homes.of(tenant));
  }

  /// A desk is somewhere else now.
  void onMoved(DeskHome home, String node) {
    home.seats.values().forEach(seat -> seat.attach(node));
    List<PendingAsk> waiting = new ArrayList<>(home.waiting);
    home.waiting.clear();
    waiting.stream().filter(ask -> pending.containsKey(ask.id)).forEach(this::route);
  }

  // Messages.

  /// **Thread:** any.
  void tell(String node, DeskMessage message) {
    execute(() -> send(node, message, () -> {}));
  }

  void tellAll(DeskMessage message) {
    byte[] bytes = DeskCodec.encode(message);
    for (String peer : peers) {
      links.send(peer, bytes, () -> {});
    }
  }

  /// @param settled runs once it was heard, or never will be
  /// @return null when it needs no link, or has begun anew
  @Nullable Sent send(String node, DeskMessage message, Runnable settled) {
    if (node.equals(wire.node())) {
      execute(
          () -> {
            hear(node, message);
            settled.run();
          });
      return null;
    }
    return links.send(node, DeskCodec.encode(message), settled);
  }

  @Override
  public void onMessage(String from, byte[] message) {
    execute(() -> links.onPacket(from, message));
  }

  private void hear(String from, DeskMessage message) {
    switch (message) {
      case Ask(long id, String tenant, Wish wish) -> perform(from, id, tenant, wish);
      case Answer(long id, Reply reply) -> onAnswer(from, id, reply);
      case OfferMessage(String tenant, Request request) -> {
        HostedDesk hosted = homes.hosted(tenant);
        if (hosted != null) {
          hosted.offer(request);
        }
      }
      case Emitted emitted -> {
        HostedDesk hosted = homes.hosted(emitted.tenant());
        if (hosted != null) {
          hosted.emitted(emitted);
        }
      }
      case SeatSaying said -> {
        HostedDesk hosted = homes.hosted(said.tenant());
        if (hosted == null || !hosted.onSeat(from, said)) {
          tell(from, new SeatUnknown(said.tenant(), said.seat()));
        }
      }
      case DeskSaying said -> {
        TravellingSeat seat = seats.get(said.seat());
        if (seat != null) {
          seat.hear(from, said);
        }
      }
      case SeatUnknown(String tenant, long number) -> {
        TravellingSeat seat = seats.get(number);
        if (seat != null && seat.isAt(from)) {
          homes.onNotHere(tenant, from);
          homes.look(homes.of(tenant));
        }
      }
      case RunSaid(RunView run, Producer holder) -> mirror.say(run, holder);
      case DeskTaken(String tenant, long fence) -> homes.onTaken(tenant, from, fence);
      case DeskLeft(String tenant, long fence) -> homes.onLeft(tenant, from, fence);
    }
  }

  private void perform(String from, long id, String tenant, Wish wish) {
    HostedDesk hosted = homes.hosted(tenant);
    if (hosted == null) {
      tell(from, new Answer(id, new Reply.NotHere()));
    } else {
      hosted.perform(wish, reply -> tell(from, new Answer(id, reply)));
    }
  }

  // Links.

  @Override
  public void onLinkMessage(String from, byte[] message) {
    try {
      hear(from, DeskCodec.decode(message));
    } catch (MalformedMessage e) {
      metrics.count(Counter.DESK_MESSAGES_MALFORMED);
    }
  }

  @Override
  public void onReset(String node) {
    metrics.count(Counter.DESK_LINK_RESETS);
    for (PendingAsk ask : List.copyOf(pending.values())) {
      if (node.equals(ask.node)) {
        ask.sent = null;
        if (ask.isRepeatable()) {
          route(ask);
        } else {
          answer(ask, HostedDesk.RETRY);
        }
      }
    }
    homes.closeSeats(node);
    if (peers.contains(node)) {
      tellOfDesks(node);
    }
    homes.reattach(node);
    sure = false;
    readRuns();
  }

  @Override
  public void onNodes(Set<String> nodes) {
    Set<String> now = Set.copyOf(nodes);
    execute(() -> onNodesNow(now));
  }

  private void onNodesNow(Set<String> nodes) {
    Set<String> others = new HashSet<>(nodes);
    others.remove(wire.node());
    Set<String> fresh = new HashSet<>(others);
    fresh.removeAll(peers);
    peers.retainAll(others);
    peers.addAll(others);
    homes.onNodes(others);
    links.onNodes(others);
    fresh.forEach(this::tellOfDesks);
  }

  boolean isThere(String node) {
    return node.equals(wire.node()) || peers.contains(node);
  }

  /// Tells a server that may know nothing of the desks here.
  private void tellOfDesks(String node) {
    for (DeskHome home : homes.here()) {
      tell(node, new DeskTaken(home.tenant, home.fence));
      for (RunView run : mirror.list(home.tenant, _ -> true, Integer.MAX_VALUE).reversed()) {
        RunMirror.Mirrored known = mirror.find(topic(run));
        if (known != null && !run.status().isTerminal()) {
          tell(node, new RunSaid(run, known.holder()));
        }
      }
    }
  }

  @Override
  public void onReconnected() {
    execute(
        () -> {
          sure = false;
          readRuns();
        });
  }

  // Time.

  /// To be called several times a second. **Thread:** any.
  void tick() {
    execute(
        () -> {
          links.tick();
          homes.tick();
          long now = clock.nanos();
          for (PendingAsk ask : List.copyOf(pending.values())) {
            if (now - ask.dueNanos >= 0) {
              metrics.count(Counter.DESK_TIMEOUTS);
              answer(ask, HostedDesk.RETRY);
            }
          }
          if (now - sweptNanos >= SWEEP_NANOS) {
            sweptNanos = now;
            mirror.sweep(clock.millis());
          }
          if (!reading && readAgain) {
            readAgain = false;
            readRuns();
          }
        });
  }

  /// Gives all desks here to whoever wants them next, and takes none any more. **Thread:** any.
  ///
  /// @param done runs once all others were told
  void leaveAll(Runnable done) {
    execute(() -> homes.leaveAll(done));
  }
}

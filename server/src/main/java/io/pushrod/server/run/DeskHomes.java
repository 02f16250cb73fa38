package io.pushrod.server.run;

import io.pushrod.server.hub.Clock;
import io.pushrod.server.run.DeskLeases.Holding;
import io.pushrod.server.run.DeskMessage.DeskLeft;
import io.pushrod.server.run.DeskMessage.DeskTaken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which server has which desk: takes those that nobody has, renews those that are here.
///
/// **Thread:** the clerk's.
final class DeskHomes {
  static final Logger log = LoggerFactory.getLogger(DeskHomes.class);

  /// How soon a desk is asked for again that nobody could have.
  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /// How often a lease is renewed in its time.
  private static final int RENEWALS = 3;

  /// A desk that is given away waits no longer for what it wrote down.
  private static final long STORE_MILLIS = 2_000;

  private final String node;
  private final DeskLeases leases;
  private final DeskRoom room;
  private final DeskCluster cluster;
  private final Clock clock;
  private final Map<String, DeskHome> homes = new HashMap<>();
  private boolean leaving;

  DeskHomes(String node, DeskLeases leases, DeskRoom room, DeskCluster cluster, Clock clock) {
    this.node = node;
    this.leases = leases;
    this.room = room;
    this.cluster = cluster;
    this.clock = clock;
  }

  DeskHome of(String tenant) {
    return homes.computeIfAbsent(tenant, name -> new DeskHome(name, clock.nanos()));
  }

  @Nullable HostedDesk hosted(String tenant) {
    DeskHome home = homes.get(tenant);
    return home == null ? null : home.hosted;
  }

  List<DeskHome> here() {
    return homes.values().stream().filter(DeskHome::isHere).toList();
  }

  /// Somebody must have it.
  void want(String tenant) {
    DeskHome home = of(tenant);
    if (home.node == null) {
      home.orphaned = true;
      look(home);
    }
  }

  // Taking.

  /// Finds out who has it, and takes it if nobody has.
  void look(DeskHome home) {
    long now = clock.nanos();
    if (home.node != null || home.asking || now - home.againNanos < 0) {
      return;
    }
    home.asking = true;
    (leaving ? leases.look(home.tenant) : leases.take(home.tenant))
        .whenComplete((holding, failure) -> cluster.execute(() -> onHolding(home, now, holding)));
  }

  private void onHolding(DeskHome home, long askedNanos, @Nullable Holding holding) {
    if (holding == null) {
      again(home);
    } else if (!holding.node().equals(node)) {
      home.asking = false;
      onFound(home, holding);
    } else if (leaving || home.hosted != null) {
      again(home);
    } else {
      open(home, holding.fence(), askedNanos);
    }
  }

  private void again(DeskHome home) {
    home.asking = false;
    home.againNanos = clock.nanos() + AGAIN_NANOS;
  }

  /// One that is gone has it until its lease is over.
  private void onFound(DeskHome home, Holding holding) {
    if (home.node != null || holding.fence() < home.fence) {
      return;
    }
    if (cluster.isThere(holding.node())) {
      move(home, holding.node(), holding.fence());
    } else {
      again(home);
    }
  }

  private void open(DeskHome home, long fence, long askedNanos) {
    Tenure tenure = Tenure.until(fence, askedNanos + tenureNanos());
    room.open(
        home.tenant,
        tenure,
        desk ->
            cluster.execute(
                () -> {
                  if (desk == null) {
                    leases.release(home.tenant, fence);
                    again(home);
                  } else {
                    onOpened(home, new HostedDesk(desk, tenure, cluster, askedNanos));
                  }
                }));
  }

  private void onOpened(DeskHome home, HostedDesk hosted) {
    home.asking = false;
    if (leaving || hosted.tenure.fence() < home.fence) {
      room.close(hosted.desk, () -> leases.release(home.tenant, hosted.tenure.fence()));
      return;
    }
    home.hosted = hosted;
    cluster.tellAll(new DeskTaken(home.tenant, hosted.tenure.fence()));
    move(home, node, hosted.tenure.fence());
  }

  /// A tenth is left for clocks that do not run alike.
  private long tenureNanos() {
    return TimeUnit.MILLISECONDS.toNanos(leases.ttlMillis()) / 10 * 9;
  }

  private void move(DeskHome home, String to, long fence) {
    home.node = to;
    home.fence = fence;
    home.orphaned = false;
    cluster.onMoved(home, to);
  }

  // What others say.

  void onTaken(String tenant, String by, long fence) {
    DeskHome home = of(tenant);
    if (fence < home.fence || (fence == home.fence && by.equals(home.node))) {
      return;
    }
    takeDown(home, () -> {});
    home.lose();
    move(home, by, fence);
  }

  void onLeft(String tenant, String by, long fence) {
    DeskHome home = of(tenant);
    if (by.equals(home.node) && fence >= home.fence) {
      home.lose();
      home.againNanos = clock.nanos();
      if (!leaving) {
        look(home);
      }
    }
  }

  /// That server has it no more, or never had it.
  void onNotHere(String tenant, String by) {
    DeskHome home = of(tenant);
    if (!by.equals(home.node)) {
      return;
    }
    if (home.hosted != null) {
      home.seats.values().forEach(seat -> seat.attach(node));
    } else {
      home.lose();
      home.againNanos = clock.nanos() + AGAIN_NANOS;
    }
  }

  void onNodes(Set<String> others) {
    for (DeskHome home : homes.values()) {
      if (home.node != null && !home.node.equals(node) && !others.contains(home.node)) {
        home.lose();
      }
    }
  }

  void closeSeats(String of) {
    homes.values().stream()
        .map(home -> home.hosted)
        .filter(hosted -> hosted != null)
        .forEach(hosted -> hosted.closeSeats(of));
  }

  /// The link to a server begins anew: it has forgotten the seats of this one.
  void reattach(String to) {
    for (DeskHome home : homes.values()) {
      if (to.equals(home.node)) {
        home.seats.values().forEach(seat -> seat.attach(to));
      }
    }
  }

  // Keeping.

  void tick() {
    long now = clock.nanos();
    for (DeskHome home : List.copyOf(homes.values())) {
      HostedDesk hosted = home.hosted;
      if (hosted != null) {
        renew(home, hosted, now);
      } else if (home.node == null && isNeeded(home)) {
        look(home);
      }
    }
  }

  private boolean isNeeded(DeskHome home) {
    return home.orphaned
        || !home.waiting.isEmpty()
        || !home.seats.isEmpty()
        || cluster.hasActive(home.tenant);
  }

  private void renew(DeskHome home, HostedDesk hosted, long now) {
    long everyNanos = TimeUnit.MILLISECONDS.toNanos(leases.ttlMillis()) / RENEWALS;
    if (hosted.renewing || now - hosted.renewedNanos < everyNanos) {
      return;
    }
    hosted.renewing = true;
    leases
        .renew(home.tenant, hosted.tenure.fence())
        .whenComplete((held, failure) -> cluster.execute(() -> onRenewed(home, hosted, now, held)));
  }

  /// @param held null when it is not known
  private void onRenewed(
      DeskHome home, HostedDesk hosted, long askedNanos, @Nullable Boolean held) {
    hosted.renewing = false;
    if (home.hosted != hosted) {
      return;
    }
    if (held == null) {
      hosted.renewedNanos += AGAIN_NANOS;
    } else if (held) {
      hosted.renewedNanos = askedNanos;
      hosted.tenure.extend(askedNanos + tenureNanos());
    } else {
      log.warn("desk of tenant {}: lost to another server", home.tenant);
      takeDown(home, () -> {});
      home.lose();
    }
  }

  private void takeDown(DeskHome home, Runnable closed) {
    HostedDesk hosted = home.hosted;
    if (hosted != null) {
      home.hosted = null;
      hosted.tenure.extend(clock.nanos() - 1);
      room.close(hosted.desk, closed);
    }
  }

  /// Gives all desks to whoever wants them next.
  void leaveAll(Runnable done) {
    leaving = true;
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (DeskHome home : here()) {
      long fence = home.fence;
      CompletableFuture<Void> stored = new CompletableFuture<>();
      takeDown(home, () -> stored.complete(null));
      home.lose();
      all.add(
          stored
              .completeOnTimeout(null, STORE_MILLIS, TimeUnit.MILLISECONDS)
              .thenCompose(_ -> leases.release(home.tenant, fence))
              .thenRun(
                  () -> cluster.execute(() -> cluster.tellAll(new DeskLeft(home.tenant, fence)))));
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .whenComplete((_, _) -> cluster.execute(done));
  }
}

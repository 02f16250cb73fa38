package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.quota.SeatsElsewhere;
import io.pushrod.server.quota.UserSeats;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// What users and tenants have at the other servers: each tells the others its numbers.
///
/// **Thread:** any.
/* Numbers, not differences, are told, so that telling one twice does no harm; what changes while a message is under way goes
 * together in the next. Whoever missed something asks for everything. While Redis is away the last numbers count, and a
 * server that is gone takes its numbers with it. */
public final class ClusterSeats implements SeatsElsewhere {
  private static final String COUNTS = "seats";
  private static final String ALL = "seats.all";
  private static final String ASK = "seats.ask";

  /// Names that one message has.
  private static final int PER_MESSAGE = 1_000;

  /// @param user empty for the tenant as such
  private record Holder(String tenant, String user) {}

  private final ClusterBus bus;
  private final UserSeats here;

  /// By server, what it has told. Changed on the bus's thread only.
  private final Map<String, Map<Holder, Integer>> tables = new HashMap<>();

  private final Map<Holder, Integer> sums = new ConcurrentHashMap<>();
  private final Set<Holder> dirty = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean telling = new AtomicBoolean();

  private ClusterSeats(ClusterBus bus, UserSeats here) {
    this.bus = bus;
    this.here = here;
  }

  /// Begins to count over all servers.
  public static void start(ClusterBus bus, UserSeats here) {
    ClusterSeats seats = new ClusterSeats(bus, here);
    here.countWith(seats);
    bus.on(COUNTS, seats::onCounts);
    bus.on(ALL, seats::onAll);
    bus.on(ASK, (from, _) -> seats.tellAll(from));
    bus.onLost(from -> bus.send(from, ASK, new byte[0]));
    bus.onNodes(seats::onNodes);
  }

  @Override
  public int ofUser(String tenant, String user) {
    return sums.getOrDefault(new Holder(tenant, user), 0);
  }

  @Override
  public int ofTenant(String tenant) {
    return sums.getOrDefault(new Holder(tenant, ""), 0);
  }

  /// How many users and tenants others have told of.
  int known() {
    return sums.size();
  }

  @Override
  public void changed(String tenant, String user) {
    dirty.add(new Holder(tenant, ""));
    if (!user.isEmpty()) {
      dirty.add(new Holder(tenant, user));
    }
    if (!telling.get() && telling.compareAndSet(false, true)) {
      bus.execute(this::tell);
    }
  }

  private void tell() {
    telling.set(false);
    List<Holder> changed = new ArrayList<>();
    dirty.removeIf(changed::add);
    send(changed, message -> bus.broadcast(COUNTS, message));
  }

  private void tellAll(String to) {
    bus.send(to, ALL, new byte[0]);
    List<Holder> all = new ArrayList<>();
    here.each((tenant, user) -> all.add(new Holder(tenant, user)));
    send(all, message -> bus.send(to, COUNTS, message));
  }

  private void send(List<Holder> holders, Consumer<byte[]> to) {
    for (int from = 0; from < holders.size(); from += PER_MESSAGE) {
      to.accept(message(holders.subList(from, Math.min(holders.size(), from + PER_MESSAGE))));
    }
  }

  private int count(Holder holder) {
    return holder.user().isEmpty()
        ? here.ofTenant(holder.tenant())
        : here.ofUser(holder.tenant(), holder.user());
  }

  /// (tenant: u16 length, text | user: u16 length, text | count: u32)*
  private byte[] message(List<Holder> holders) {
    List<byte[]> texts = new ArrayList<>(2 * holders.size());
    int size = 0;
    for (Holder each : holders) {
      byte[] tenant = each.tenant().getBytes(UTF_8);
      byte[] user = each.user().getBytes(UTF_8);
      texts.add(tenant);
      texts.add(user);
      size += 8 + tenant.length + user.length;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (int i = 0; i < holders.size(); i++) {
      put(out, texts.get(2 * i));
      put(out, texts.get(2 * i + 1));
      out.putInt(count(holders.get(i)));
    }
    return out.array();
  }

  private static void put(ByteBuffer out, byte[] text) {
    out.putShort((short) text.length).put(text);
  }

  // What others tell.

  private void onAll(String from, byte[] nothing) {
    forget(from);
  }

  private void onCounts(String from, byte[] message) {
    Map<Holder, Integer> table = tables.computeIfAbsent(from, _ -> new HashMap<>());
    ByteBuffer in = ByteBuffer.wrap(message);
    while (in.hasRemaining()) {
      Holder holder = new Holder(text(in), text(in));
      int count = in.getInt();
      Integer before = count == 0 ? table.remove(holder) : table.put(holder, count);
      add(holder, count - (before == null ? 0 : before));
    }
  }

  private static String text(ByteBuffer in) {
    byte[] text = new byte[Short.toUnsignedInt(in.getShort())];
    in.get(text);
    return new String(text, UTF_8);
  }

  private void add(Holder holder, int more) {
    var _ =
        sums.compute(
            holder,
            (_, sum) -> {
              int now = (sum == null ? 0 : sum) + more;
              return now == 0 ? null : now;
            });
  }

  private void onNodes(Set<String> nodes) {
    Set<String> gone = new HashSet<>(tables.keySet());
    gone.removeAll(nodes);
    gone.forEach(this::forget);
  }

  private void forget(String node) {
    Map<Holder, Integer> table = tables.remove(node);
    if (table != null) {
      table.forEach((holder, count) -> add(holder, -count));
    }
  }
}

package io.pushrod.server.quota;

import io.pushrod.server.metrics.Counter;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// How many open connections each user and each tenant has. Who has no name counts for the tenant
/// only.
///
/// **Thread:** any.
/* The bound is held against what is had here and what is known of the other servers. Those hear of a connection a moment
 * later: servers that are asked within that moment each give the last seat away. */
public final class UserSeats {
  private record User(String tenant, String name) {}

  private final int perUser;
  private final int perTenant;
  private final Tally<User> users = new Tally<>();
  private final Tally<String> tenants = new Tally<>();
  private volatile SeatsElsewhere elsewhere = SeatsElsewhere.NONE;

  /// @param perUser 0 for no bound
  /// @param perTenant 0 for no bound
  public UserSeats(int perUser, int perTenant) {
    this.perUser = perUser;
    this.perTenant = perTenant;
  }

  /// Counts what users and tenants have at other servers from now on. To be called before anybody
  /// connects.
  public void countWith(SeatsElsewhere others) {
    elsewhere = others;
  }

  /// Takes a seat for one connection; whoever gets it gives it back once.
  ///
  /// @return null when it is taken, or the quota that is used up
  public @Nullable Counter take(String tenant, String user) {
    SeatsElsewhere others = elsewhere;
    if (perTenant > 0 && !tenants.take(tenant, perTenant - others.ofTenant(tenant))) {
      return Counter.QUOTA_CONNECTIONS_PER_TENANT;
    }
    if (isCounted(user)
        && !users.take(new User(tenant, user), perUser - others.ofUser(tenant, user))) {
      if (perTenant > 0) {
        tenants.giveBack(tenant);
      }
      return Counter.QUOTA_CONNECTIONS_PER_USER;
    }
    others.changed(tenant, isCounted(user) ? user : "");
    return null;
  }

  public void giveBack(String tenant, String user) {
    if (isCounted(user)) {
      users.giveBack(new User(tenant, user));
    }
    if (perTenant > 0) {
      tenants.giveBack(tenant);
    }
    elsewhere.changed(tenant, isCounted(user) ? user : "");
  }

  private boolean isCounted(String user) {
    return perUser > 0 && !user.isEmpty();
  }

  /// Users and tenants that have connections.
  public int holders() {
    return users.keys() + tenants.keys();
  }

  /// What a user has here.
  public int ofUser(String tenant, String user) {
    return users.count(new User(tenant, user));
  }

  /// What a tenant has here.
  public int ofTenant(String tenant) {
    return tenants.count(tenant);
  }

  /// All that have connections here: tenants, and users of them where users are counted.
  ///
  /// @param each gets a tenant and a user; an empty user for the tenant as such
  public void each(BiConsumer<String, String> each) {
    tenants.each(tenant -> each.accept(tenant, ""));
    users.each(user -> each.accept(user.tenant(), user.name()));
  }
}

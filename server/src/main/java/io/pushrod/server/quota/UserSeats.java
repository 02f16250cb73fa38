package io.pushrod.server.quota;

import io.pushrod.server.metrics.Counter;
import org.jspecify.annotations.Nullable;

/// How many open connections each user and each tenant has. Who has no name counts for the tenant
/// only.
///
/// **Thread:** any.
public final class UserSeats {
  private record User(String tenant, String name) {}

  private final int perUser;
  private final int perTenant;
  private final Tally<User> users = new Tally<>();
  private final Tally<String> tenants = new Tally<>();

  /// @param perUser 0 for no bound
  /// @param perTenant 0 for no bound
  public UserSeats(int perUser, int perTenant) {
    this.perUser = perUser;
    this.perTenant = perTenant;
  }

  /// Takes a seat for one connection; whoever gets it gives it back once.
  ///
  /// @return null when it is taken, or the quota that is used up
  public @Nullable Counter take(String tenant, String user) {
    if (perTenant > 0 && !tenants.take(tenant, perTenant)) {
      return Counter.QUOTA_CONNECTIONS_PER_TENANT;
    }
    if (perUser > 0 && !user.isEmpty() && !users.take(new User(tenant, user), perUser)) {
      if (perTenant > 0) {
        tenants.giveBack(tenant);
      }
      return Counter.QUOTA_CONNECTIONS_PER_USER;
    }
    return null;
  }

  public void giveBack(String tenant, String user) {
    if (perUser > 0 && !user.isEmpty()) {
      users.giveBack(new User(tenant, user));
    }
    if (perTenant > 0) {
      tenants.giveBack(tenant);
    }
  }

  /// Users and tenants that have connections.
  public int holders() {
    return users.keys() + tenants.keys();
  }
}

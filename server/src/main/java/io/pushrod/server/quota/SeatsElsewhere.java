package io.pushrod.server.quota;

/// What users and tenants have at the other servers, as far as it is known here, and where those
/// learn what they have at this one.
///
/// **Thread:** any; must not block.
public interface SeatsElsewhere {
  /// There are no other servers.
  SeatsElsewhere NONE =
      new SeatsElsewhere() {
        @Override
        public int ofUser(String tenant, String user) {
          return 0;
        }

        @Override
        public int ofTenant(String tenant) {
          return 0;
        }

        @Override
        public void changed(String tenant, String user) {}
      };

  int ofUser(String tenant, String user);

  int ofTenant(String tenant);

  /// What they have here is another number than before.
  ///
  /// @param user empty where only the tenant's number is counted
  void changed(String tenant, String user);
}

package io.pushrod.bench.faults;

/// What a deployment promises of its logs, and so what may happen to an epoch.
enum Durability {
  /// A log ends with its process. Its readers are told so, and a retry is not recognised any more.
  OF_THE_PROCESS,

  /// A failover may take back what was not acknowledged, though readers have seen it. Then the
  /// topic has another epoch, which its readers read from its beginning; all that was acknowledged
  /// is in it.
  OF_WHAT_WAS_ACKNOWLEDGED,

  /// A log goes on whatever ends: nobody is ever told of another epoch.
  OF_ALL
}

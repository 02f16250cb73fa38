/// Kill switches: what the owners of a tenant have switched off in it, from now on and until they
/// lift that.
///
/// - A switch holds from the moment it is set, on every thread, and after a restart.
/// - It reaches what is open already: whoever sets one closes the connections and ends the runs
///   that it names, and says so in the log and in the tenant's topic `audit/kill-switches`.
/// - It is of one tenant. Nothing here looks across tenants.
///
/// Everybody may ask [io.pushrod.server.guard.KillSwitches], on any thread, without blocking; only
/// [io.pushrod.server.guard.Switchboard] changes it.
@NullMarked
package io.pushrod.server.guard;

import org.jspecify.annotations.NullMarked;

package io.pushrod.server;

import io.pushrod.server.guard.KillSwitches;
import io.pushrod.server.guard.Switchboard;
import io.pushrod.server.http.Endpoint;

/// What surfaces have to do with kill switches.
///
/// @param list answers with all of a tenant's
record Guards(KillSwitches switches, Switchboard board, Endpoint list) {}

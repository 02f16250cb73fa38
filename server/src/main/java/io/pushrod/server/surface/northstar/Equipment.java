package io.pushrod.server.surface.northstar;

import io.pushrod.server.guard.KillSwitches;
import io.pushrod.server.guard.Switchboard;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.surface.route.SurfaceServices;

/// What the dialect works with.
///
/// @param env the name of the deployment, as events carry it
/// @param killSwitches answers who asks for the switches in the server's own language
public record Equipment(
    SurfaceServices services,
    KillSwitches switches,
    Switchboard board,
    EventTypes types,
    Clock clock,
    String env,
    Endpoint killSwitches) {}

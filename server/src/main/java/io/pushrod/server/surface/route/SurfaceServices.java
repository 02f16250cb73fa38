package io.pushrod.server.surface.route;

import io.pushrod.server.hub.Hub;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.run.Desks;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.PublicationIntake;

/// What the requests and conversations of surfaces work with.
///
/// @param door lets people in by a row's carriers
/// @param intake checks what is published
/// @param desks where runs live, and messages wait for workers
public record SurfaceServices(
    Hub hub,
    Access access,
    Doorkeeper door,
    NativeSurface surface,
    PublicationIntake intake,
    Quotas quotas,
    Desks desks) {}

package io.pushrod.server.surface.runs;

import io.pushrod.codec.StartPoint;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;

/// What a stream of a run was asked to be.
///
/// @param who reads; may see the run
/// @param run as it was when the stream was asked for
/// @param limitNanos after which the stream ends; 0 for never
/// @param direct whether the run lives in this one stream: in its shape, and ending with it
record RunPlan(
    Identity who,
    RunView run,
    StartPoint start,
    EventFilter filter,
    long limitNanos,
    boolean direct) {}

package io.pushrod.server.surface.guard;

import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.server.guard.KillSwitch;
import io.pushrod.server.guard.Switchboard.Change;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunView;

/// Ends the runs that a switch names when it is set.
///
/// **Thread:** any.
public final class RunSweep {
  private static final String REASON = "kill switch";

  private final Desks desks;

  public RunSweep(Desks desks) {
    this.desks = desks;
  }

  public void sweep(Change change) {
    KillSwitch what = change.what();
    if (change.set()) {
      String reason = what.reason().isEmpty() ? REASON : REASON + ": " + what.reason();
      desks.cancelAll(
          what.tenant(), run -> names(what, run), new CancelOrder(How.NOW, 0, change.by(), reason));
    }
  }

  static boolean names(KillSwitch what, RunView run) {
    return what.tenant().equals(run.tenant())
        && switch (what.scope()) {
          case TENANT -> true;
          case USER -> what.id().equals(run.user());
          case AGENT -> what.id().equals(run.agent());
          case PROVIDER -> what.id().equals(run.provider());
          case ACTION -> false;
        };
  }
}

package io.pushrod.bench;

import picocli.CommandLine.Option;

/// What commands have in common in which a share of the readers lags.
final class LagOptions {
  @Option(names = "--transport", description = "ws or sse (${DEFAULT-VALUE})")
  String transport = "ws";

  @Option(names = "--readers", description = "in all (${DEFAULT-VALUE})")
  int readers = 1000;

  @Option(names = "--share", description = "percent of the readers that lag (${DEFAULT-VALUE})")
  int share = 10;

  @Option(names = "--bytes", description = "size of an event's JSON (${DEFAULT-VALUE})")
  int bytes = 2000;

  @Option(names = "--rate", description = "events per second (${DEFAULT-VALUE})")
  int rate = 50;

  @Option(names = "--seconds", description = "that they lag (${DEFAULT-VALUE})")
  int seconds = 30;

  @Option(names = "--blocks", description = "${DEFAULT-VALUE}")
  int blocks = 1;

  @Option(
      names = "--policy",
      description =
          "what the server does for them: fold, drop_oldest, drop_newest or disconnect"
              + " (${DEFAULT-VALUE})")
  String policy = "fold";

  int lagging() {
    return readers * share / 100;
  }

  int healthy() {
    return readers - lagging();
  }
}

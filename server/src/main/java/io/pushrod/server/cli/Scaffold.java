package io.pushrod.server.cli;

import org.jspecify.annotations.Nullable;

/// The files of a new agent.
///
/// @param agent its name, of letters, digits, `_`, `.` and `-`
/// @param section null for none: the server's defaults hold
/// @param hasRuns whether its runs outlive the request that starts them
/// @param reading how the README reads a run
record Scaffold(
    String agent, @Nullable StreamingSection section, boolean hasRuns, Reading reading) {
  static final String CONFIG = "pushrod.yaml";

  enum Reading {
    SSE,
    WS
  }

  String config() {
    String general =
        """
        # Settings of %1$s. What is not here has its default; config/pushrod.yaml of Pushrod has every key.

        # For browsers and curl.
        http:
          # TCP port; 0 picks a free one, and the start-up line names it.
          port: 8080
          # Origins whose pages may use this server: same, exact ones such as https://app.example.com, or "*" (in quotes).
          allowed_origins: [same]

        # For workers and other services.
        ingest:
          # TCP port; 0 picks a free one.
          port: 7400

        # Who may come in once the server runs without --dev: bearers of an API key (pushrod key create), and of your users' tokens.
        # auth:
        #   issuers:
        #     - {issuer: "https://id.example.com/", audience: %1$s, jwks_url: "https://id.example.com/jwks.json"}
        #   # What a role may start (publish), and read besides the runs that its bearer started (topics).
        #   grants:
        #     - {role: member, publish: [agent/%1$s]}

        runs:
          # The agent of runs whose start names none.
          default_agent: %1$s
          # A run whose worker is silent for longer ends with the error producer_lost.
          lease: 15s
          # How long a run can be asked for after its end.
          retention: 1h
        """
            .formatted(agent);
    return section == null ? general : general + '\n' + section.yaml();
  }

  String readme() {
    return """
    # %1$s

    An agent behind Pushrod. Three commands, each in a terminal of its own, all in this folder; where no `pushrod` is on the path, it is
    `scripts/pushrod` of a checkout.

    Start the server. `--dev`: on this machine only, with a secret of its own in `.pushrod`.

    ```sh
    pushrod serve --dev --config pushrod.yaml
    ```

    Take runs. Any program will do for `--exec`: it reads the request as JSON, and what it prints goes to whoever reads the run.

    ```sh
    pushrod worker --agent %1$s --exec 'echo hello'
    ```

    %2$s

    ```sh
    %3$s
    ```
    """
        .formatted(agent, explained(), shown());
  }

  private String explained() {
    if (!hasRuns) {
      return "Start a run and read it in the answer. Closing the connection cancels it.";
    }
    return switch (reading) {
      case SSE ->
          "Start a run and read it, by SSE from `/runs/<id>/events`. Ctrl-C cancels it; losing the"
              + " connection does not.";
      case WS ->
          "Start a run, and read it over a WebSocket with any client (`npx wscat` here). Losing the"
              + " connection does not cancel it.";
    };
  }

  private String shown() {
    String token = "TOKEN=$(pushrod token --tenant dev --user me --publish '*')";
    if (!hasRuns) {
      return token
          + "\ncurl -N http://127.0.0.1:8080/invoke/stream -H \"Authorization: Bearer $TOKEN\""
          + " -d '{\"text\":\"hi\"}'";
    }
    return switch (reading) {
      case SSE -> "pushrod run --agent " + agent + " --input '{\"text\":\"hi\"}'";
      case WS ->
          token
              + "\ncurl \"http://127.0.0.1:8080/runs?run_id=r1\" -H \"Authorization: Bearer $TOKEN\""
              + " -d '{\"text\":\"hi\"}'\n"
              + "npx wscat -c \"ws://127.0.0.1:8080/runs/r1/events?from_sequence=1&token=$TOKEN\"";
    };
  }
}

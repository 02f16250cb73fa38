package io.pushrod.bench.peer;

import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Door;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Centrifugo 6 with its JSON protocol over WebSocket and its HTTP API for publishing; the memory
/// engine without history.
///
/// Written from its documentation (chapters "Configure Centrifugo", "Client protocol" and "Server
/// API walkthrough") and never run by its authors.
final class Centrifugo {
  private static final String NAME = "centrifugo";
  private static final int SECONDS = 20;

  private Centrifugo() {}

  /// Insecure: no tokens and no permissions, as nobody but this machine can reach it. One core is
  /// given by pinning; Go takes as many threads as it may use cores. Everything else is as it
  /// comes.
  private static String config(int port) {
    return """
    {
      "http_server": {"address": "127.0.0.1", "port": %d},
      "client": {"insecure": true},
      "http_api": {"insecure": true},
      "log": {"level": "error"}
    }
    """
        .formatted(port);
  }

  static Optional<String> missing() {
    return Program.find(NAME).isPresent()
        ? Optional.empty()
        : Optional.of(
            "centrifugo: not found (expected: centrifugo 6 on the PATH, a release of its project)");
  }

  static Peer start(Setup setup) throws IOException, InterruptedException {
    Path program = Program.require(NAME);
    Folder folder = Folder.in(setup.logs(), NAME);
    int port = Program.freePort();
    String config = folder.write("config.json", config(port));
    String version = Program.run(folder.path(), SECONDS, List.of(program.toString(), "version"));
    // Both commands are sent at once: the server handles those of a connection in order.
    List<String> messages =
        List.of("{\"id\":1,\"connect\":{}}", "{\"id\":2,\"subscribe\":{\"channel\":\"{topic}\"}}");
    Door door =
        Door.of(
            Transport.WS,
            port,
            "/connection/websocket",
            messages,
            "\"subscribe\":",
            setup.topics());
    return Peer.start(
        NAME,
        setup,
        folder,
        List.of(program.toString(), "-c", config),
        child ->
            new Peer.Entry(
                version,
                Map.of(Transport.WS, door),
                HttpFeed.connect(
                    NAME, child, port, Centrifugo::request, body -> !body.contains("\"error\""))));
  }

  private static byte[] request(String topic, String json) {
    return HttpFeed.post(
        "/api/publish",
        "Content-Type: application/json\r\n",
        "{\"channel\":\"" + topic + "\",\"data\":" + json + '}');
  }
}

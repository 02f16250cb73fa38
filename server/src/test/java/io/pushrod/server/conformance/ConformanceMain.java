package io.pushrod.server.conformance;

import java.util.concurrent.TimeUnit;

/// `scripts/pushrod conformance`: runs a [ConformanceServer] until it is ended.
public final class ConformanceMain {
  private ConformanceMain() {}

  /// @param args options, or a port alone
  public static void main(String[] args) {
    String host = "127.0.0.1";
    int port = args.length == 1 ? Integer.parseInt(args[0]) : 9001;
    int messageBytes = 16 << 20;
    int fragments = 0;
    long idleSeconds = 60;
    for (int i = 0; i + 1 < args.length; i += 2) {
      String value = args[i + 1];
      switch (args[i]) {
        case "--host" -> host = value;
        case "--port" -> port = Integer.parseInt(value);
        case "--message-bytes" -> messageBytes = bytes(value);
        case "--fragments" -> fragments = Integer.parseInt(value);
        case "--idle" -> idleSeconds = Long.parseLong(value);
        default ->
            throw new IllegalArgumentException("option: " + args[i] + " (expected: a known one)");
      }
    }
    ConformanceServer server =
        new ConformanceServer(
            host, port, messageBytes, fragments, TimeUnit.SECONDS.toNanos(idleSeconds));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    System.out.println("conformance: ready on http://" + host + ":" + server.port());
  }

  private static int bytes(String text) {
    if (text.endsWith("MiB")) {
      return Integer.parseInt(text.substring(0, text.length() - 3)) << 20;
    }
    return text.endsWith("KiB")
        ? Integer.parseInt(text.substring(0, text.length() - 3)) << 10
        : Integer.parseInt(text);
  }
}

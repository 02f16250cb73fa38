package io.pushrod.server.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Where a server listens for publishers and workers.
///
/// @param host a name, or an address without brackets
record IngestAddress(String host, int port) {
  private static final int READY_SECONDS = 10;

  /// @param text `HOST:PORT`, or `[ADDRESS]:PORT` for IPv6
  /// @throws IllegalArgumentException when it is not
  static IngestAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, Math.max(0, colon)).replaceAll("^\\[(.*)]$", "$1");
    String port = text.substring(colon + 1);
    int number = port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0;
    if (host.isEmpty() || number < 1 || number > 65_535) {
      throw new IllegalArgumentException(text + " (expected: HOST:PORT)");
    }
    return new IngestAddress(host, number);
  }

  @Override
  public String toString() {
    return host + ':' + port;
  }

  /// A client would try again for ever; whoever types a command wants to know at once.
  ///
  /// @throws CommandFailed when nobody listens there
  void checkReachable() {
    try (Socket probe = new Socket()) {
      probe.connect(new InetSocketAddress(host, port), READY_SECONDS * 1_000);
    } catch (IOException e) {
      throw new CommandFailed(
          this + ": " + e.getMessage() + " (expected: the ingest port of a server)");
    }
  }

  /// @param ready of a client that has begun to connect
  /// @throws CommandFailed when the server lets it not in, or says nothing
  void await(CompletableFuture<Void> ready) throws InterruptedException {
    try {
      ready.get(READY_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new CommandFailed(this + " (expected: the ingest port of a server)");
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      throw new CommandFailed(String.valueOf(cause.getMessage()));
    }
  }
}

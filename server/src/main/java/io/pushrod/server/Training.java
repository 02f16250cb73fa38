package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.cli.ProcessSignals;
import io.pushrod.server.cli.PushrodCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// What the launcher has the JVM watch to make its cache of loaded classes (JEP 483 and 514): a
/// development server on free ports of loopback, a request of each kind by our own commands and the
/// JDK's client, and an orderly stop.
///
/// Exit code 0 when everything was answered, 1 otherwise and whenever it takes longer than
/// [#LIMIT].
final class Training {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long LOOK_MILLIS = 20;
  private static final String TOPIC = "training/1";
  private static final String DATA = "{\"text\":\"hello\"}";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String folder;
  private final List<Integer> ports;

  private Training(String folder) throws IOException {
    this.folder = folder;
    this.ports = freePorts();
  }

  /// @param arguments an empty folder for the server's data
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 1) {
      throw new IllegalArgumentException(
          "arguments: " + arguments.length + " (expected: a folder)");
    }
    Thread.ofPlatform().daemon().name("training-limit").start(Training::endLate);
    new Training(arguments[0]).run();
    System.exit(0);
  }

  private static void endLate() {
    try {
      Thread.sleep(LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(1);
  }

  private static List<Integer> freePorts() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket http = new ServerSocket(0, 1, loopback);
        ServerSocket ingest = new ServerSocket(0, 1, loopback);
        ServerSocket admin = new ServerSocket(0, 1, loopback)) {
      return List.of(http.getLocalPort(), ingest.getLocalPort(), admin.getLocalPort());
    }
  }

  private void run() throws Exception {
    FutureTask<Integer> server = new FutureTask<>(this::serve);
    Thread.ofPlatform().daemon().name("main").start(server);
    awaitReady(server);
    String token =
        command("token", "--data-dir", folder, "--tenant", "dev", "--user", "t", "--publish", "*");
    command(
        "publish", "--data-dir", folder, "--port", "" + ports.get(1), "-t", TOPIC, "--data", DATA);
    expect(200, publish(token.strip()));
    expect(200, send(get(ports.get(0), "/v1/topics/" + TOPIC + "/events?after=earliest", token)));
    tail("ws");
    tail("sse");
    expect(200, send(get(ports.get(2), "/metrics", token)));
    ProcessSignals.raise("TERM");
    expect(0, server.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  private int serve() {
    List<String> arguments = new ArrayList<>(List.of("serve", "--dev", "--data", folder));
    arguments.addAll(List.of("--port", "" + ports.get(0), "--ingest-port", "" + ports.get(1)));
    arguments.addAll(List.of("--admin-port", "" + ports.get(2), "--set", "drain.window=0s"));
    return Main.run(arguments.toArray(String[]::new));
  }

  private void awaitReady(FutureTask<Integer> server) throws Exception {
    long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
    while (!server.isDone() && System.nanoTime() < deadlineNanos) {
      try {
        if (send(get(ports.get(2), "/readyz", "")) == 200) {
          return;
        }
      } catch (ConnectException e) {
        // Not listening yet.
      }
      Thread.sleep(LOOK_MILLIS);
    }
    throw new IllegalStateException("server: not ready (expected: within " + PATIENCE + ')');
  }

  private static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE);
  }

  private static HttpRequest get(int port, String path, String token) {
    return request(port, path).header("Authorization", "Bearer " + token.strip()).build();
  }

  private int publish(String token) throws IOException, InterruptedException {
    String body = "{\"topic\":\"" + TOPIC + "\",\"type\":\"token_chunk\",\"data\":" + DATA + '}';
    return send(
        request(ports.get(0), "/v1/publish")
            .header("Authorization", "Bearer " + token)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private int send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<Void> response = http.send(request, BodyHandlers.discarding());
    return response.statusCode();
  }

  /// @return its standard output
  private static String command(String... arguments) {
    StringWriter out = new StringWriter();
    expect(0, command(new PrintWriter(out), arguments));
    return out.toString();
  }

  private static int command(PrintWriter out, String... arguments) {
    return PushrodCommand.run(
        arguments,
        new ServerProcess(System.out),
        InputStream.nullInputStream(),
        out,
        new PrintWriter(System.err, true, UTF_8));
  }

  /// Reads one event, and ends as `tail | head -1` does.
  private void tail(String transport) {
    OneLine line = new OneLine();
    String url = "http://127.0.0.1:" + ports.get(0);
    expect(
        1,
        command(
            new PrintWriter(line, true, UTF_8),
            "tail",
            "--data-dir",
            folder,
            "--url",
            url,
            "--transport",
            transport,
            "--after",
            "earliest",
            "-t",
            TOPIC));
    if (!line.isWritten) {
      throw new IllegalStateException("tail: nothing read (expected: an event)");
    }
  }

  private static void expect(int wanted, int told) {
    if (told != wanted) {
      throw new IllegalStateException("answer: " + told + " (expected: " + wanted + ')');
    }
  }

  /// Nobody reads on behind the first line.
  private static final class OneLine extends OutputStream {
    private boolean isWritten;

    @Override
    public void write(int octet) throws IOException {
      isWritten = true;
      throw new IOException("read enough");
    }
  }
}

package io.pushrod.server.support;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A worker that does what the test says, frame by frame.
public final class TestWorker implements AutoCloseable {
  private final IngestClient client;

  /// Takes the runs of all agents of tenant `acme`.
  public TestWorker(RunningServer server) {
    this(server, "agent/*");
  }

  /// Takes from the inboxes of tenant `acme` that a pattern names.
  public TestWorker(RunningServer server, String inboxes) {
    List<String> all = List.of("*");
    String token =
        DevSecret.loadOrCreate(server.dataDir())
            .minter()
            .mint(
                new TokenRequest(
                    "acme", "svc", List.of(), all, all, all, List.of(), Duration.ofHours(1)),
                ServerConfig.defaults(true).auth().claims(),
                Instant.now());
    client = new IngestClient(server.server().ingestPort());
    client.hello("worker", 1, token);
    client.welcome();
    client.send(new IngestFrame.Consume(inboxes, 8));
  }

  /// Waits for a run.
  public IngestFrame.Request offered() {
    return await(IngestFrame.Request.class);
  }

  /// Waits for a run and begins it.
  ///
  /// @return the lease
  public long begin() {
    long lease = offered().lease();
    client.send(new IngestFrame.Accept(lease));
    await(IngestFrame.Grant.class);
    return lease;
  }

  public void settle(long lease, Outcome outcome, String payload) {
    client.send(new IngestFrame.Settle(lease, outcome, payload));
  }

  public IngestFrame.Cancel cancelled() {
    return await(IngestFrame.Cancel.class);
  }

  public IngestFrame.Release released() {
    return await(IngestFrame.Release.class);
  }

  /// Reads up to a frame of this type.
  private <F extends IngestFrame> F await(Class<F> type) {
    IngestFrame frame = client.next();
    while (!type.isInstance(frame)) {
      frame = client.next();
    }
    return type.cast(frame);
  }

  @Override
  public void close() {
    client.close();
  }
}

package io.pushrod.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.client.PublisherConfig;
import io.pushrod.client.PublisherConfig.Timing;
import io.pushrod.client.Worker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A worker that does runs of one second each, until its input ends. Its first line of input is a
/// token, the others are ports of servers on this machine, up to an empty one.
public final class WorkerMain {
  static final String AGENT = "faults";

  private static final int TOKENS = 40;
  private static final int PAUSE_MILLIS = 25;
  private static final int CREDIT = 8;
  private static final Timing TIMING =
      new Timing(
          Duration.ofSeconds(3),
          Duration.ofMillis(100),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1));

  private WorkerMain() {}

  public static void main(String[] arguments) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    String token = in.readLine();
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", Integer.parseInt(in.readLine()), "faults-worker")
            .withToken(() -> token)
            .withTiming(TIMING);
    for (String port = in.readLine(); port != null && !port.isEmpty(); port = in.readLine()) {
      config = config.withAlternative("127.0.0.1", Integer.parseInt(port));
    }
    try (Worker _ =
        Worker.of(config)
            .agent(
                AGENT,
                CREDIT,
                (request, run) -> {
                  for (int i = 1; i <= TOKENS; i++) {
                    run.token(Payload.of(Payload.key("run-" + request.id(), i)).text());
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                  }
                  return "{}";
                })
            .start()) {
      System.out.println("started");
      while (in.readLine() != null) {
        // Nothing more is said to it.
      }
    }
  }
}

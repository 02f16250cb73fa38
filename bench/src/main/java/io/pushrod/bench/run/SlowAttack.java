package io.pushrod.bench.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A way in which slowhttptest holds connections of a server without ending what it began.
public enum SlowAttack {
  /// Headers that never end (slowloris).
  HEADERS("-H -i 2 -x 24", "/v1/sse?topic=t&token="),
  /// A body that comes a few bytes at a time.
  BODY("-B -i 2 -s 8192 -x 10", "/v1/publish?token="),
  /// An answer that is hardly read, asked for several times.
  READ(
      "-X -n 2 -w 10 -y 20 -z 32 -k 3",
      "/v1/topics/{topic}/events?after=earliest&limit=1000&token=");

  /// Seconds that the tool's own probe waits before it calls the server unavailable.
  private static final int PROBE_SECONDS = 3;

  private static final int CONNECTIONS_PER_SECOND = 500;

  private final String options;
  private final String path;

  SlowAttack(String options, String path) {
    this.options = options;
    this.path = path;
  }

  public String label() {
    return "slow " + name().toLowerCase(Locale.ROOT);
  }

  /// Starts the tool, which ends by itself.
  ///
  /// @param topic that has a history
  public Running begin(
      Path logs, int port, String topic, String token, int connections, int seconds)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("slowhttptest"));
    command.addAll(List.of(options.split(" ")));
    command.addAll(List.of("-c", "" + connections, "-r", "" + CONNECTIONS_PER_SECOND));
    command.addAll(List.of("-l", "" + seconds, "-p", "" + PROBE_SECONDS));
    command.addAll(
        List.of("-u", "http://127.0.0.1:" + port + path.replace("{topic}", topic) + token));
    return new Running(
        Child.start("slowhttptest", logs, Cores.load(seconds + 30, command)), seconds);
  }

  /// One run of the tool.
  public static final class Running implements AutoCloseable {
    private final Child child;
    private final int seconds;

    private Running(Child child, int seconds) {
      this.child = child;
      this.seconds = seconds;
    }

    /// Waits for the end, and tells how often its probe was answered in time.
    ///
    /// @throws BenchException when the tool said nothing about it
    public double availablePercent() throws InterruptedException {
      long until = System.nanoTime() + Duration.ofSeconds(seconds + 20).toNanos();
      int yes = 0;
      int all = 0;
      while (System.nanoTime() < until) {
        String line = child.nextOrEnd(Duration.ofSeconds(seconds + 20));
        if (line == null) {
          break;
        }
        if (line.contains("service available:")) {
          all++;
          yes += line.contains("YES") ? 1 : 0;
        }
      }
      if (all == 0) {
        throw new BenchException("slowhttptest: no report (expected: service available: …)");
      }
      return 100.0 * yes / all;
    }

    @Override
    public void close() throws IOException {
      child.close();
    }
  }
}

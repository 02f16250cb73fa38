package io.pushrod.server.auth;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pushrod.server.config.AuthConfig.Jwks;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/// Shards that miss a key at the same time.
public final class FetchedKeysStress {
  private FetchedKeysStress() {}

  /// Begins, and never ends.
  private static final class Fetcher implements KeyFetcher {
    final AtomicInteger flights = new AtomicInteger();

    @Override
    public void fetch(URI url, Consumer<Fetched> then) {
      flights.incrementAndGet();
    }

    @Override
    public void later(long delayNanos, Runnable task) {}

    @Override
    public long nanos() {
      return 1;
    }
  }

  @JCStressTest
  @Description("Whoever misses a key is told that it may come, and one fetch is begun for all.")
  @Outcome(id = "true, true, 1", expect = ACCEPTABLE, desc = "one fetch")
  @Outcome(expect = FORBIDDEN, desc = "two fetches at a time, or none")
  @State
  public static class LookAgainTwice {
    private static final URI NOWHERE = URI.create("https://localhost/");
    private static final Jwks SETTINGS = new Jwks(2, 0, 1, 1);
    private final Fetcher fetcher = new Fetcher();
    private final FetchedKeys keys =
        new FetchedKeys("i", NOWHERE, SETTINGS, fetcher, _ -> {}, () -> {});

    @Actor
    public void first(ZZI_Result r) {
      r.r1 = keys.lookAgain();
    }

    @Actor
    public void second(ZZI_Result r) {
      r.r2 = keys.lookAgain();
    }

    @Arbiter
    public void end(ZZI_Result r) {
      r.r3 = fetcher.flights.get();
    }
  }
}

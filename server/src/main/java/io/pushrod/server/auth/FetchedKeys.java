package io.pushrod.server.auth;

import io.pushrod.server.auth.KeyFetcher.Body;
import io.pushrod.server.auth.KeyFetcher.Failed;
import io.pushrod.server.auth.KeyFetcher.Fetched;
import io.pushrod.server.config.AuthConfig.Jwks;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of one issuer, fetched from its URL: at the start, every `refresh`, and when a token
/// names a key that is not there, but never twice within `min_interval` nor twice at a time. What
/// was fetched last stays in use while the issuer does not answer.
///
/// **Thread:** any. The lock is held for a few instructions; parsing is outside.
final class FetchedKeys implements KeySource {
  private static final Logger log = LoggerFactory.getLogger(FetchedKeys.class);

  private final String issuer;
  private final URI url;
  private final long refreshNanos;
  private final long minIntervalNanos;
  private final KeyFetcher fetcher;
  private final Consumer<FetchResult> results;
  private final Runnable onChange;
  private final CompletableFuture<Void> firstAnswer = new CompletableFuture<>();

  private volatile List<VerificationKey> keys = List.of();

  /// When the keys were last known to be those of the issuer; at first, when this was made.
  private volatile long confirmedNanos;

  // Under the lock.
  private boolean inFlight;
  private boolean succeeded;
  private long startedNanos;
  private long flights;

  // On the fetcher's thread.
  private TokenCache.@Nullable Key lastSet;
  private @Nullable FetchResult lastLogged;

  /// @param results hears of every fetch, on the fetcher's thread
  /// @param onChange runs after other keys have come into use, on the fetcher's thread
  FetchedKeys(
      String issuer,
      URI url,
      Jwks settings,
      KeyFetcher fetcher,
      Consumer<FetchResult> results,
      Runnable onChange) {
    this.issuer = issuer;
    this.url = url;
    this.refreshNanos = TimeUnit.MILLISECONDS.toNanos(settings.refreshMillis());
    this.minIntervalNanos = TimeUnit.MILLISECONDS.toNanos(settings.minIntervalMillis());
    this.fetcher = fetcher;
    this.results = results;
    this.onChange = onChange;
    this.confirmedNanos = fetcher.nanos();
  }

  /// Begins to fetch.
  ///
  /// @return completes with the first answer, be it good or bad
  CompletableFuture<Void> start() {
    synchronized (this) {
      launch();
    }
    return firstAnswer;
  }

  @Override
  public List<VerificationKey> keys() {
    return keys;
  }

  @Override
  public synchronized boolean lookAgain() {
    if (!inFlight && fetcher.nanos() - startedNanos >= minIntervalNanos) {
      launch();
    }
    return inFlight || !succeeded;
  }

  long ageNanos() {
    return fetcher.nanos() - confirmedNanos;
  }

  private void launch() {
    inFlight = true;
    startedNanos = fetcher.nanos();
    flights++;
    fetcher.fetch(url, this::onFetched);
  }

  /// Lands whatever happens: a flight that stays open would be the last one.
  private void onFetched(Fetched fetched) {
    FetchResult result = FetchResult.MALFORMED;
    try {
      result =
          switch (fetched) {
            case Body(String json) -> use(json);
            case Failed(FetchResult why) -> why;
          };
      results.accept(result);
      report(result);
    } finally {
      land(result == FetchResult.OK);
      firstAnswer.complete(null);
    }
  }

  private FetchResult use(String json) {
    TokenCache.Key set = TokenCache.Key.of(json);
    if (!set.equals(lastSet)) {
      List<VerificationKey> fresh;
      try {
        fresh = KeySets.ofFetched(json);
      } catch (IllegalArgumentException _) {
        return FetchResult.MALFORMED;
      }
      if (fresh.isEmpty()) {
        return FetchResult.NO_KEYS;
      }
      lastSet = set;
      keys = fresh;
      onChange.run();
    }
    confirmedNanos = fetcher.nanos();
    return FetchResult.OK;
  }

  private synchronized void land(boolean isGood) {
    inFlight = false;
    succeeded = isGood;
    long flight = flights;
    long delay = isGood ? refreshNanos : Math.min(refreshNanos, minIntervalNanos);
    fetcher.later(Math.max(delay, minIntervalNanos), () -> refresh(flight));
  }

  /// A fetch since then has planned the next one by itself.
  private synchronized void refresh(long afterFlight) {
    if (!inFlight && flights == afterFlight) {
      launch();
    }
  }

  /// Once per change of state.
  private void report(FetchResult result) {
    if (result == lastLogged) {
      return;
    }
    lastLogged = result;
    if (result == FetchResult.OK) {
      log.info("issuer {}: {} keys in use", issuer, keys.size());
    } else {
      log.warn("issuer {}: key set: {}; {} keys stay in use", issuer, result.text(), keys.size());
    }
  }
}

package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.AuthConfig.Jwks;
import io.pushrod.server.config.ServerConfig;
import java.net.URI;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Rotation, outage and stampede, with the network and time at hand.
class FetchedKeysTest {
  private static final KeyPair OLD = KeyPairs.ed25519();
  private static final KeyPair NEW = KeyPairs.ed25519();
  private static final Jwks SETTINGS = new Jwks(600_000, 30_000, 5_000, 262_144);

  /// Answers only when told to.
  private static final class FakeFetcher implements KeyFetcher {
    private record Task(long atNanos, Runnable run) {}

    private final List<Consumer<Fetched>> waiting = new ArrayList<>();
    private final List<Task> tasks = new ArrayList<>();
    private int fetches;
    private long now = 1_000;

    @Override
    public void fetch(URI url, Consumer<Fetched> then) {
      fetches++;
      waiting.add(then);
    }

    @Override
    public void later(long delayNanos, Runnable task) {
      tasks.add(new Task(now + delayNanos, task));
    }

    @Override
    public long nanos() {
      return now;
    }

    void answer(Fetched fetched) {
      waiting.removeFirst().accept(fetched);
    }

    void pass(long seconds) {
      now += TimeUnit.SECONDS.toNanos(seconds);
      List<Task> due = new ArrayList<>(tasks.stream().filter(t -> t.atNanos <= now).toList());
      due.sort(Comparator.comparingLong(Task::atNanos));
      tasks.removeAll(due);
      due.forEach(task -> task.run.run());
    }
  }

  private final FakeFetcher fetcher = new FakeFetcher();
  private final List<FetchResult> results = new ArrayList<>();
  private final TokenCache cache = new TokenCache(10);
  private final FetchedKeys keys =
      new FetchedKeys(
          "https://id",
          URI.create("https://id/jwks"),
          SETTINGS,
          fetcher,
          results::add,
          cache::clear);
  private final TokenVerifier verifier =
      new TokenVerifier(
          new Issuers(
              null,
              Map.of(
                  "https://id",
                  new Issuer(
                      keys,
                      Set.of(JWSAlgorithm.EdDSA),
                      ClaimRules.of(ServerConfig.defaults(false).auth())))),
          16_384,
          cache,
          () -> {});

  private Verdict verify(@Nullable String kid, KeyPair pair) {
    return verifier.verify(
        TokenMinter.ofPrivateKey(kid, JWSAlgorithm.EdDSA, pair.getPrivate())
            .sign(new JWTClaimsSet.Builder().issuer("https://id").claim("tenant", "acme").build()),
        1_800_000_000_000L);
  }

  private void fetchOld() {
    var _ = keys.start();
    fetcher.answer(new KeyFetcher.Body(KeyPairs.set("old", OLD)));
  }

  private static void refused(Verdict verdict, Reason reason) {
    assertThat(verdict).isEqualTo(new Refused(reason));
  }

  @Test
  void saysNothingFinalBeforeTheFirstSetIsThere() {
    var first = keys.start();
    refused(verify("old", OLD), Reason.KEYS_PENDING);
    assertThat(first).isNotDone();
    fetcher.answer(new KeyFetcher.Failed(FetchResult.UNREACHABLE));
    assertThat(first).isDone();
    refused(verify("old", OLD), Reason.KEYS_PENDING);
    fetcher.pass(30);
    fetcher.answer(new KeyFetcher.Body(KeyPairs.set("old", OLD)));
    assertThat(verify("old", OLD)).isInstanceOf(Accepted.class);
  }

  @Test
  void fetchesOnceForAThousandTokensWithAnUnknownKey() {
    fetchOld();
    fetcher.pass(30);
    for (int i = 0; i < 1_000; i++) {
      refused(verify("kid" + i, NEW), Reason.KEYS_PENDING);
    }
    assertThat(fetcher.fetches).isEqualTo(2);
    fetcher.answer(new KeyFetcher.Body(KeyPairs.set("new", NEW)));
    assertThat(verify("new", NEW)).isInstanceOf(Accepted.class);
    for (int i = 0; i < 1_000; i++) {
      refused(verify("kid" + i, NEW), Reason.UNKNOWN_KEY);
    }
    assertThat(fetcher.fetches).isEqualTo(2);
    fetcher.pass(30);
    refused(verify("kid", NEW), Reason.KEYS_PENDING);
    assertThat(fetcher.fetches).isEqualTo(3);
  }

  @Test
  void forgetsAcceptedTokensOfAKeyThatIsGone() {
    fetchOld();
    assertThat(verify("old", OLD)).isInstanceOf(Accepted.class);
    fetcher.pass(600);
    fetcher.answer(new KeyFetcher.Body(KeyPairs.set("new", NEW)));
    refused(verify("old", OLD), Reason.UNKNOWN_KEY);
  }

  @Test
  void keepsItsKeysThroughAnOutage() {
    fetchOld();
    for (FetchResult failure : List.of(FetchResult.TIMEOUT, FetchResult.STATUS)) {
      fetcher.pass(600);
      fetcher.answer(new KeyFetcher.Failed(failure));
      assertThat(verify("old", OLD)).isInstanceOf(Accepted.class);
    }
    for (String useless : List.of("{\"keys\":[]}", "[]", "<html>", "", "{\"keys\":[5]}")) {
      fetcher.pass(30);
      fetcher.answer(new KeyFetcher.Body(useless));
      cache.clear();
      assertThat(verify("old", OLD)).isInstanceOf(Accepted.class);
    }
    assertThat(results)
        .startsWith(FetchResult.OK, FetchResult.TIMEOUT, FetchResult.STATUS, FetchResult.NO_KEYS)
        .filteredOn(FetchResult.OK::equals)
        .hasSize(1);
    refused(verify("new", NEW), Reason.KEYS_PENDING);
    assertThat(keys.ageNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(1_350));
  }

  @Test
  void refreshesInOneChainHoweverManyAsk() {
    fetchOld();
    fetcher.pass(60);
    refused(verify("kid", NEW), Reason.KEYS_PENDING);
    fetcher.answer(new KeyFetcher.Body(KeyPairs.set("old", OLD)));
    fetcher.pass(540);
    assertThat(fetcher.fetches).isEqualTo(2);
    fetcher.pass(60);
    assertThat(fetcher.fetches).isEqualTo(3);
  }

  @Test
  void usesNoSecretAndNoWeakKeyOfAFetchedSet() {
    var _ = keys.start();
    String set =
        "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\""
            + "A".repeat(64)
            + "\"},"
            + KeyPairs.set("old", OLD).substring("{\"keys\":[".length());
    fetcher.answer(new KeyFetcher.Body(set));
    assertThat(keys.keys()).hasSize(1);
    String member = "{\"kty\":\"oct\"},";
    fetcher.pass(600);
    fetcher.answer(
        new KeyFetcher.Body("{\"keys\":[" + member.repeat(KeySets.MAX_FETCHED_KEYS) + "{}]}"));
    assertThat(results).containsExactly(FetchResult.OK, FetchResult.MALFORMED);
  }

  @Test
  void fetchesAgainAfterSomethingBrokeWithAnAnswer() {
    List<FetchResult> heard = new ArrayList<>();
    FetchedKeys fragile =
        new FetchedKeys(
            "https://id",
            URI.create("https://id/jwks"),
            SETTINGS,
            fetcher,
            result -> {
              heard.add(result);
              if (heard.size() == 1) {
                throw new IllegalStateException("broken on purpose");
              }
            },
            () -> {});
    var first = fragile.start();
    assertThatThrownBy(() -> fetcher.answer(new KeyFetcher.Failed(FetchResult.STATUS)))
        .hasMessage("broken on purpose");
    assertThat(first).isDone();
    fetcher.pass(30);
    fetcher.answer(new KeyFetcher.Body(KeyPairs.set("old", OLD)));
    assertThat(fragile.keys()).hasSize(1);
    assertThat(heard).containsExactly(FetchResult.STATUS, FetchResult.OK);
  }

  @Test
  void passesOverAWeakKeyAndOneOfAnotherKind() {
    var _ = keys.start();
    String weak =
        "{\"kty\":\"RSA\",\"kid\":\"weak\",\"e\":\"AQAB\",\"n\":\"" + "z".repeat(171) + "\"},";
    String other =
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"kid\":\"x\",\"x\":\"" + "A".repeat(43) + "\"},";
    String encryption =
        KeyPairs.set("enc", NEW).replace("{\"keys\":[{", "{\"use\":\"enc\",").replace("]}", ",");
    fetcher.answer(
        new KeyFetcher.Body(
            "{\"keys\":["
                + weak
                + other
                + encryption
                + KeyPairs.set("old", OLD).substring("{\"keys\":[".length())));
    assertThat(keys.keys()).extracting(VerificationKey::kid).containsExactly("old");
    assertThat(verify("old", OLD)).isInstanceOf(Accepted.class);
  }

  @Test
  void aDeeplyNestedSetIsMalformed() {
    var _ = keys.start();
    fetcher.answer(
        new KeyFetcher.Body("{\"keys\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"));
    assertThat(results).containsExactly(FetchResult.MALFORMED);
  }
}

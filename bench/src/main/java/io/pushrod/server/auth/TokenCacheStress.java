package io.pushrod.server.auth;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.util.Set;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Shards that verify tokens, against the threads that bring other keys and revocations.
public final class TokenCacheStress {
  private static final TokenCache.Key TOKEN = new TokenCache.Key(1, 2, 3, 4);

  private TokenCacheStress() {}

  private static Identity identity(String tokenId) {
    return new Identity(
        "t",
        "ann",
        Set.of(),
        Grants.NONE,
        Grants.NONE,
        Grants.NONE,
        Set.of(),
        0,
        Long.MAX_VALUE,
        tokenId);
  }

  @JCStressTest
  @Description("Once other keys are in use, nothing is remembered that the old ones verified.")
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "verified by the old keys, and forgotten")
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "verified by the new keys")
  @Outcome(expect = FORBIDDEN, desc = "a token of the old keys outlives them")
  @State
  public static class VerifyWhileKeysChange {
    private static final Accepted BY_OLD = new Accepted(identity("old"));
    private static final Accepted BY_NEW = new Accepted(identity("new"));
    private final TokenCache cache = new TokenCache(8);

    /// Stands for the keys, which are published as this is.
    private volatile Accepted byKeys = BY_OLD;

    @Actor
    public void verifier() {
      long generation = cache.generation();
      cache.add(TOKEN, byKeys, generation);
    }

    @Actor
    public void keys() {
      byKeys = BY_NEW;
      cache.clear();
    }

    @Arbiter
    public void end(I_Result r) {
      Accepted known = cache.find(TOKEN, 0);
      r.r1 = known == null ? 0 : known.equals(BY_OLD) ? 1 : 2;
    }
  }
}

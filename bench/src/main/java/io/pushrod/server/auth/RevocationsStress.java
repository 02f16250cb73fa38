package io.pushrod.server.auth;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.nio.file.Path;
import java.util.Set;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// The thread that revokes, against a shard that asks.
public final class RevocationsStress {
  private RevocationsStress() {}

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

  private static Revocation revocation(String id, String tokenId) {
    return new Revocation(id, tokenId, "", "", 0, Long.MAX_VALUE);
  }

  @JCStressTest
  @Description("Revocations hold in the order in which they were made, and one that holds stays.")
  @Outcome(id = "false, false", expect = ACCEPTABLE, desc = "before both")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the first holds")
  @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both hold")
  @Outcome(expect = FORBIDDEN, desc = "the second holds and the first does not")
  @State
  public static class AddAndCover {
    private static final Path NO_FILE = Path.of("no-revocations-here");
    private static final Identity FIRST = identity("a");
    private static final Identity SECOND = identity("b");
    private static final Revocation OF_FIRST = revocation("rev_aaaaaaaaaaaa", "a");
    private static final Revocation OF_SECOND = revocation("rev_bbbbbbbbbbbb", "b");
    private final Revocations revocations = new Revocations(NO_FILE, 8);

    @Actor
    public void admin() {
      revocations.add(OF_FIRST);
      revocations.add(OF_SECOND);
    }

    @Actor
    public void shard(ZZ_Result r) {
      r.r1 = revocations.covers(SECOND);
      r.r2 = revocations.covers(FIRST);
    }
  }
}

package io.pushrod.server.quota;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/// Shards that take and give back places of one address, one user and the whole server.
public final class SeatsStress {
  private SeatsStress() {}

  @JCStressTest
  @Description("The last place of a key is given once.")
  @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "to the first")
  @Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "to the second")
  @Outcome(expect = FORBIDDEN, desc = "twice or to none")
  @State
  public static class TallyTakeTwice {
    private final Tally<String> tally = new Tally<>();

    @Actor
    public void first(ZZI_Result r) {
      r.r1 = tally.take("a", 1);
    }

    @Actor
    public void second(ZZI_Result r) {
      r.r2 = tally.take("a", 1);
    }

    @Arbiter
    public void end(ZZI_Result r) {
      r.r3 = tally.count("a");
    }
  }

  @JCStressTest
  @Description("A place that is given back while another takes one is counted once.")
  @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "one left, one came")
  @Outcome(expect = FORBIDDEN, desc = "a place is lost, or held by nobody")
  @State
  public static class TallyTakeAndGiveBack {
    private final Tally<String> tally = new Tally<>();

    public TallyTakeAndGiveBack() {
      tally.take("a", 2);
    }

    @Actor
    public void leaving() {
      tally.giveBack("a");
    }

    @Actor
    public void coming(ZI_Result r) {
      r.r1 = tally.take("a", 2);
    }

    @Arbiter
    public void end(ZI_Result r) {
      r.r2 = tally.count("a");
    }
  }

  @JCStressTest
  @Description("A user's last seat is given once, and who is refused holds none of the tenant's.")
  @Outcome(id = "true, false, 2", expect = ACCEPTABLE, desc = "to the first; one user, one tenant")
  @Outcome(id = "false, true, 2", expect = ACCEPTABLE, desc = "to the second")
  @Outcome(expect = FORBIDDEN, desc = "given twice or to none, or a seat was left behind")
  @State
  public static class UserSeatsTakeTwice {
    private final UserSeats seats = new UserSeats(1, 2);

    @Actor
    public void first(ZZI_Result r) {
      r.r1 = seats.take("t", "ann") == null;
    }

    @Actor
    public void second(ZZI_Result r) {
      r.r2 = seats.take("t", "ann") == null;
    }

    @Arbiter
    public void end(ZZI_Result r) {
      r.r3 = seats.holders();
      seats.giveBack("t", "ann");
      r.r3 += 10 * seats.holders();
    }
  }

  @JCStressTest
  @Description("No two sockets take the server's last place.")
  @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "the first has it")
  @Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "the second has it")
  @Outcome(expect = FORBIDDEN, desc = "both or none have it, or a refused one is counted")
  @State
  public static class SocketSeatsTakeTwice {
    private final SocketSeats seats = new SocketSeats(1, 0, List.of());
    private final EmbeddedChannel one = new EmbeddedChannel();
    private final EmbeddedChannel other = new EmbeddedChannel();

    @Actor
    public void first(ZZI_Result r) {
      r.r1 = seats.take(one) == null;
    }

    @Actor
    public void second(ZZI_Result r) {
      r.r2 = seats.take(other) == null;
    }

    @Arbiter
    public void end(ZZI_Result r) {
      r.r3 = seats.open();
    }
  }

  @JCStressTest
  @Description("A socket that closes while another is accepted gives its place back once.")
  @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "closed before")
  @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "closed after")
  @Outcome(expect = FORBIDDEN, desc = "a place is lost, or held by nobody")
  @State
  public static class SocketSeatsTakeAndClose {
    private final SocketSeats seats = new SocketSeats(1, 0, List.of());
    private final EmbeddedChannel leaving = new EmbeddedChannel();
    private final EmbeddedChannel coming = new EmbeddedChannel();

    public SocketSeatsTakeAndClose() {
      seats.take(leaving);
    }

    @Actor
    public void leaving() {
      leaving.close();
    }

    @Actor
    public void coming(ZI_Result r) {
      r.r1 = seats.take(coming) == null;
    }

    @Arbiter
    public void end(ZI_Result r) {
      r.r2 = seats.open();
    }
  }
}

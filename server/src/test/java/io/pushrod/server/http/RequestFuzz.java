package io.pushrod.server.http;

import io.pushrod.server.support.Claim;
import java.util.List;

/// Any bytes on a connection are requests or a refusal, the same ones wherever they are cut.
public final class RequestFuzz {
  private RequestFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    List<String> whole = Decoded.of(input, Math.max(1, input.length));
    Claim.equal(Decoded.of(input, 1), whole, "byte by byte");
    Claim.equal(Decoded.of(input, 3, 7, 64), whole, "in pieces");
  }
}

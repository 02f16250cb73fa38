package io.pushrod.server.surface.kdcube;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.server.dialect.KdcubeEvents;
import io.pushrod.server.dialect.RenderedEvent;
import io.pushrod.server.support.Claim;
import java.util.List;

/// Any input: what a client of KDCube sends is a submission or refused, and as the payload of an
/// event it becomes an envelope.
public final class KdcubeFuzz {
  private static final List<String> TYPES =
      List.of("chat_delta", "token_chunk", "run_start", "run_end", "error", "gap", "node_end");

  private KdcubeFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    try {
      var _ = Submission.of(Node.parse(Unpooled.wrappedBuffer(input)));
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
    for (String type : TYPES) {
      RenderedEvent.claim(new KdcubeEvents("s1"), type, input);
    }
  }
}

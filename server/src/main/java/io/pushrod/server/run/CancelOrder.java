package io.pushrod.server.run;

import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;

/// That a run is to end.
///
/// @param deadlineMillis after this it is ended without the worker; 0 for `runs.cancel_deadline`
/// @param by who asks: the user of the credential, or empty
/// @param reason cut to 1,024 characters
public record CancelOrder(How how, int deadlineMillis, String by, String reason) {
  /// The reason when none is given (SURFACES: Dockrion's default).
  public static final String DEFAULT_REASON = "User requested cancellation";

  private static final int MAX_REASON = 1_024;

  /// What a frame has room for.
  private static final int MAX_WIRE_BYTES = 255;

  private static final int MAX_UTF8_BYTES = 3;

  public CancelOrder {
    reason = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
  }

  CancelOrder forWire() {
    return ByteBufUtil.utf8Bytes(by) <= MAX_WIRE_BYTES
        ? this
        : new CancelOrder(
            how, deadlineMillis, by.substring(0, MAX_WIRE_BYTES / MAX_UTF8_BYTES), reason);
  }
}

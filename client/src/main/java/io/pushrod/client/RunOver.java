package io.pushrod.client;

import io.pushrod.codec.ErrorCode;
import org.jspecify.annotations.Nullable;

/// The run is no longer this worker's, so nothing more can be emitted: it was ended without the
/// worker, or given up as lost. Carries no stack.
public final class RunOver extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable ErrorCode code;

  RunOver(@Nullable ErrorCode code, String message) {
    super(code == null ? message : code.label() + ": " + message, null, false, false);
    this.code = code;
  }

  /// Why; null when it is the worker that has ended.
  public @Nullable ErrorCode code() {
    return code;
  }
}

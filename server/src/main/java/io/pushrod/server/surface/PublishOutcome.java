package io.pushrod.server.surface;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.log.Appended;
import org.jspecify.annotations.Nullable;

/// What became of one publication, in words for whoever waits for it.
final class PublishOutcome {
  private PublishOutcome() {}

  /// Why it was refused, by any of its topics; null when all have it.
  ///
  /// What says that the same thing may be tried again says too that nothing was stored: where a
  /// topic has it and another may not, that is not known.
  static @Nullable RequestException of(Batch done, int publication) {
    ErrorCode failed = null;
    boolean isStored = false;
    int topics = done.publications().get(publication).topicCount();
    for (int t = 0; t < topics; t++) {
      long outcome = done.outcome(publication, t);
      isStored |= outcome > 0;
      if (Appended.isFailure(outcome) && failed != ErrorCode.OUTCOME_UNKNOWN) {
        ErrorCode code = Appended.error(outcome);
        failed = failed == null || code == ErrorCode.OUTCOME_UNKNOWN ? code : failed;
      }
    }
    if (failed == null) {
      return null;
    }
    ErrorCode code = isStored && failed.retryable() ? ErrorCode.OUTCOME_UNKNOWN : failed;
    return new RequestException(code, message(code));
  }

  private static String message(ErrorCode code) {
    if (code == ErrorCode.OUTCOME_UNKNOWN) {
      return "publish: stored or not, the store did not say (expected: its answer in time)";
    }
    return code == ErrorCode.UNAVAILABLE
        ? "publish: not stored, the store does not answer (expected: again in a moment)"
        : "publish: refused (expected: room)";
  }
}

package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.server.auth.JsonFields;
import io.pushrod.server.run.CancelOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a client asks for when it cancels a run.
final class CancelRequest {
  static final int MAX_REASON_LENGTH = 1_000;

  private static final Set<String> BODY = Set.of("how", "deadline_ms", "reason");
  private static final int MAX_BODY_BYTES = 16 * 1024;
  private static final long MAX_DEADLINE_MILLIS = TimeUnit.DAYS.toMillis(1);

  private CancelRequest() {}

  /// @param by the user
  static CancelOrder ofReason(@Nullable String reason, String by) {
    return new CancelOrder(How.NOW, 0, by, checked(reason));
  }

  /// @param body `{"how":…,"deadline_ms":…,"reason":…}`, any of them, or nothing
  /// @param by the user
  /// @throws RequestException `BAD_REQUEST` or `TOO_LARGE`
  static CancelOrder ofBody(ByteBuf body, String by) {
    if (!body.isReadable()) {
      return ofReason(null, by);
    }
    if (body.readableBytes() > MAX_BODY_BYTES) {
      throw new RequestException(
          ErrorCode.TOO_LARGE, "body: too large (expected: <= " + MAX_BODY_BYTES + " bytes)");
    }
    try {
      JsonFields fields = JsonFields.parse(body.toString(StandardCharsets.UTF_8), BODY);
      long deadline = fields.number("deadline_ms", 0);
      if (deadline > MAX_DEADLINE_MILLIS) {
        throw new IllegalArgumentException(
            "deadline_ms: too long (expected: <= " + MAX_DEADLINE_MILLIS + ")");
      }
      return new CancelOrder(
          how(fields.text("how")), (int) deadline, by, checked(fields.text("reason")));
    } catch (IllegalArgumentException e) {
      throw new RequestException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private static How how(String label) {
    if (label.isEmpty()) {
      return How.NOW;
    }
    for (How each : How.values()) {
      if (label(each).equals(label)) {
        return each;
      }
    }
    throw new IllegalArgumentException(
        "how: unknown (expected: one of "
            + Arrays.stream(How.values()).map(CancelRequest::label).toList()
            + ")");
  }

  private static String label(How how) {
    return how.name().toLowerCase(Locale.ROOT);
  }

  private static String checked(@Nullable String reason) {
    if (reason == null || reason.isEmpty()) {
      return CancelOrder.DEFAULT_REASON;
    }
    if (reason.length() > MAX_REASON_LENGTH) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST,
          "reason: too long (expected: <= " + MAX_REASON_LENGTH + " characters)");
    }
    return reason;
  }
}

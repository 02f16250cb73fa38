package io.pushrod.server.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What an answer other than the one that was asked for means.
final class Refusal {
  private Refusal() {}

  static Ending of(int status, String body) {
    FlatJson envelope = FlatJson.parse(body);
    String said = envelope == null ? null : said(envelope);
    boolean again = status >= 500 || status == 408 || status == 425 || status == 429;
    return new Ending(said == null ? "HTTP status " + status + meaning(status) : said, again, 0);
  }

  /// Native routes say `error.code` and `error.message`; those of runs say `code` and `error`, or
  /// `detail` as a text or with `error` and `message`.
  private static @Nullable String said(FlatJson envelope) {
    String error = envelope.text("error");
    if (error != null) {
      String code = envelope.text("code");
      return code == null ? error : code + ": " + error;
    }
    String detail = envelope.text("detail");
    if (detail != null) {
      return detail;
    }
    FlatJson inner =
        FlatJson.parse(
            Objects.requireNonNullElse(
                envelope.raw("error"), Objects.requireNonNullElse(envelope.raw("detail"), "")));
    if (inner == null) {
      return null;
    }
    String code = inner.text("code") == null ? inner.text("error") : inner.text("code");
    return code + ": " + inner.text("message");
  }

  private static String meaning(int status) {
    return switch (status) {
      case 401 -> " (expected: a valid token)";
      case 403 -> " (expected: a token that allows it)";
      case 404 -> " (expected: a topic the token may read)";
      default -> "";
    };
  }
}

package io.pushrod.bench.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/// Counts what Redis answers to `XADD`: each time two lines, `$` with a length, and the id of the
/// entry (RESP2, bulk string).
///
/// **Thread:** one.
public final class RedisReplies {
  private static final int LONGEST_ERROR = 1000;

  private final ByteArrayOutputStream error = new ByteArrayOutputStream();
  private boolean atStart = true;
  private boolean isLength = true;

  /// Takes the next bytes.
  ///
  /// @return how many ids ended in them
  /// @throws IOException with the line that is no id
  public int accept(byte[] bytes, int length) throws IOException {
    int replies = 0;
    for (int i = 0; i < length; i++) {
      byte next = bytes[i];
      if (error.size() > 0 || (atStart && isLength && next != '$')) {
        refuse(next);
        continue;
      }
      atStart = next == '\n';
      if (atStart) {
        replies += isLength ? 0 : 1;
        isLength = !isLength;
      }
    }
    return replies;
  }

  private void refuse(byte next) throws IOException {
    error.write(next);
    if (next == '\n' || error.size() > LONGEST_ERROR) {
      throw new IOException(error.toString(US_ASCII).strip());
    }
  }
}

package io.pushrod.server.cli;

import io.pushrod.codec.CloseReason;
import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What `tail` does with the messages of one topic, over all of its connections: prints events,
/// remembers the cursor, and says when events may be late and when it is over.
///
/// **Thread:** one at a time.
final class TailReader implements StreamReader {
  /// What the JDK's client reports when a connection just ends (RFC 6455 section 7.1.5).
  private static final int NO_CLOSE_FRAME = 1006;

  private final PrintWriter out;
  private final PrintWriter err;
  private final @Nullable EventLine human;
  private String cursor;
  private boolean isReading;
  private @Nullable Ending announced;

  /// @param err hears of the stream itself
  /// @param human null to print events as they came
  /// @param cursor where reading begins, or empty
  TailReader(PrintWriter out, PrintWriter err, @Nullable EventLine human, String cursor) {
    this.out = out;
    this.err = err;
    this.human = human;
    this.cursor = cursor;
  }

  @Override
  public String cursor() {
    return cursor;
  }

  @Override
  public boolean isReading() {
    return isReading;
  }

  @Override
  public void onCursor(String id) {
    if (!id.isEmpty()) {
      cursor = id;
      isReading = true;
    }
  }

  @Override
  public @Nullable Ending onEvent(String type, String data, Attempt attempt) {
    return onMessage(data, attempt);
  }

  /// @return how it ends, when this message ends it
  @Nullable Ending onMessage(String text, Attempt attempt) {
    FlatJson message = FlatJson.parse(text);
    if (message == null) {
      return Ending.forGood("the server sent what is not a JSON object");
    }
    if (message.text("type") != null) {
      return onEvent(text, message);
    }
    switch (String.valueOf(message.text("op"))) {
      case "welcome" -> {
        announced = null;
        attempt.onHeartbeat(message.number("heartbeat_ms", 30_000));
      }
      case "ack" -> onCursor(Objects.requireNonNullElse(message.text("cursor"), ""));
      case "degraded" -> tell("the server cannot reach what stores events; they come later");
      case "restored" -> tell("the server stores events again");
      case "close" -> {
        announced =
            new Ending(
                "server closed: " + message.text("reason"),
                message.isTrue("reconnect"),
                message.number("retry_after_ms", 0));
        return announced;
      }
      case "error" -> {
        return new Ending(
            message.text("code") + ": " + message.text("message"), message.isTrue("retryable"), 0);
      }
      default -> {
        // A later server may say more; what we don't know is not for us.
      }
    }
    return null;
  }

  private void tell(String text) {
    err.println("pushrod: " + text);
    err.flush();
  }

  private @Nullable Ending onEvent(String text, FlatJson event) {
    isReading = true;
    out.println(human == null ? text : human.of(event));
    if (out.checkError()) {
      return Ending.forGood("nobody reads the output");
    }
    String id = event.text("id");
    if (id != null) {
      cursor = id;
    }
    return null;
  }

  /// What a WebSocket close code means for us, unless the server has said it in words.
  Ending onClose(int code, String text) {
    if (announced != null) {
      return announced;
    }
    if (code == NO_CLOSE_FRAME) {
      return Ending.again("connection lost");
    }
    for (CloseReason reason : CloseReason.values()) {
      if (reason.code() == code) {
        return new Ending(
            "server closed: " + reason.label(), reason.reconnect(), reason.retryAfterMillis());
      }
    }
    String shown = "server closed: " + code + (text.isEmpty() ? "" : " " + text);
    return code >= 4_500 && code <= 4_999 ? Ending.forGood(shown) : Ending.again(shown);
  }
}

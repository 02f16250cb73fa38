package io.pushrod.server.guard;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Something that clients do and that can be switched off for a whole tenant.
public enum Action {
  RUN_START,
  RUN_CANCEL,
  MESSAGE_SEND,
  PUBLISH,
  SUBSCRIBE,
  /// Saying something in a chat.
  CHAT_SEND,
  /// Adding to the record of a chat.
  CHAT_MESSAGE_APPEND,
  CANVAS_GESTURE,
  /// What services do to canvases; they ask for the switch, nothing here does.
  CANVAS_COMMAND;

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The lower_snake name on the wire and in the file.
  public String label() {
    return label;
  }

  public static @Nullable Action of(String label) {
    return Arrays.stream(values())
        .filter(each -> each.label.equals(label))
        .findFirst()
        .orElse(null);
  }
}

package io.pushrod.codec.command;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import org.jspecify.annotations.Nullable;

/// A command cannot be read; its sender is told under the command's id and the connection lives on.
/// Carries no stack.
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String id;
  private final ErrorCode code;

  CommandException(@Nullable String id, RequestException refusal) {
    super(refusal.getMessage(), null, false, false);
    this.id = id;
    this.code = refusal.code();
  }

  /// The command's id as raw JSON, or null when it has none that could be read.
  public @Nullable String id() {
    return id;
  }

  public ErrorCode code() {
    return code;
  }
}

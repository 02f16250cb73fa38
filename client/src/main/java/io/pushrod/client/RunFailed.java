package io.pushrod.client;

/// How a handler fails its run with a code of its own. Carries no stack.
public final class RunFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String text;
  private final boolean retryable;

  /// @param code for programs, such as `model_overloaded`
  /// @param message for people; every reader of the run sees it
  /// @param retryable whether the same request may succeed later
  public RunFailed(String code, String message, boolean retryable) {
    super(code + ": " + message, null, false, false);
    this.code = code;
    this.text = message;
    this.retryable = retryable;
  }

  public String code() {
    return code;
  }

  /// The message without the code.
  public String text() {
    return text;
  }

  public boolean retryable() {
    return retryable;
  }
}

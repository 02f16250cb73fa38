package io.pushrod.bench.run;

/// A benchmark that cannot go on or whose figures would mean nothing; the message is for the person
/// who ran it.
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public BenchException(String message) {
    super(message);
  }
}

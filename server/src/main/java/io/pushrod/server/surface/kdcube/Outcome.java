package io.pushrod.server.surface.kdcube;

import org.jspecify.annotations.Nullable;

/// What became of a message.
sealed interface Outcome {
  /// A worker's inbox has it.
  ///
  /// @param members of the answer: JSON without its braces
  record Accepted(String members) implements Outcome {
    /// The answer to an HTTP request.
    String json() {
      return "{" + members + "}";
    }
  }

  /// Nobody gets it.
  ///
  /// @param status of the answer to an HTTP request
  /// @param type a word for programs
  /// @param error a sentence for people
  /// @param detail of the answer, JSON
  /// @param retryAfterSeconds 0 for no advice
  record Refused(
      int status,
      String type,
      String error,
      String detail,
      int retryAfterSeconds,
      @Nullable String conversationId)
      implements Outcome {
    /// One whose detail is the sentence.
    static Refused of(int status, String type, String error) {
      return new Refused(status, type, error, Answers.quoted(error), 0, null);
    }
  }
}

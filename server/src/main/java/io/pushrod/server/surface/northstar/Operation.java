package io.pushrod.server.surface.northstar;

/// One of the dialect's requests.
@FunctionalInterface
interface Operation {
  /// Answers, now or later from the same loop.
  ///
  /// @throws Refusal or [io.pushrod.codec.RequestException] instead of an answer
  void run(Call call);
}

package io.pushrod.bench.readers;

/// Takes what a [Framing] cuts out of a connection's bytes. The array is only valid during the
/// call.
interface Records {
  /// One JSON text: an event or a control.
  void onText(byte[] bytes, int from, int to);

  /// A text that each message compresses by itself (RFC 7692, without context takeover).
  void onDeflated(byte[] bytes, int from, int to);

  void onPing(byte[] bytes, int from, int to);

  /// The peer said goodbye, or sent what cannot be read; nothing follows.
  void onEnd(boolean malformed);
}

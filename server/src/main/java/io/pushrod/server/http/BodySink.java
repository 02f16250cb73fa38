package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;

/// Takes the body of a request as it comes. Ends with one [#onEnd] or one [#onAbort], unless the
/// exchange is answered before: then nothing more is called.
///
/// A [io.pushrod.codec.RequestException] thrown from here is the answer, after [#onAbort].
///
/// **Thread:** the channel's event loop.
public interface BodySink {
  /// The next bytes have come.
  ///
  /// @param piece borrowed, at least one byte; retain it to keep it
  /// @return whether the next piece may come at once; else nothing is read from the peer, and
  ///   nothing is called, until [Exchange#resumeBody]
  boolean onPiece(ByteBuf piece);

  /// The body is whole; the exchange is to be answered.
  void onEnd();

  /// The body will not be whole: the peer has gone, was too slow, sent too much or what is no HTTP.
  /// It was answered, where that is possible; the exchange must not be.
  void onAbort();
}

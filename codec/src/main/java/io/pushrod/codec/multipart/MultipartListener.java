package io.pushrod.codec.multipart;

import io.netty.buffer.ByteBuf;

/// Hears the parts of a body in their order. What it throws passes through [MultipartReader#read],
/// which must then not be called again.
///
/// **Thread:** whoever calls the reader.
public interface MultipartListener {
  /// A part without a file name, whole.
  void onField(String name, String value);

  /// A part with a file name begins.
  ///
  /// @param filename as the client sent it, possibly empty: hostile, never a path
  /// @param contentType as the client sent it; empty when it sent none
  void onFile(String name, String filename, String contentType);

  /// The next bytes of the file that began last.
  ///
  /// @param piece borrowed, at least one byte; retain it to keep it
  void onPiece(ByteBuf piece);

  /// That file is whole.
  void onFileEnd();
}

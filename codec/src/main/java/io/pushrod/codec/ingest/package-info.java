/// Ingest protocol v1: the frames by which services publish over TCP. `docs/ingest-protocol.md` is
/// normative.
///
/// - A frame is `u32 length, u8 type, body`; all numbers are big-endian and of fixed width.
/// - [IngestDecoder] checks a length before anything of that length is buffered, and every count
///   before it is trusted. Broken structure is a `ProtocolException` and ends the connection; an
///   event whose *values* are wrong is left to the server, which rejects that event alone.
/// - [IngestFrame.Publish] and [IngestFrame.Ack] are views of the caller's buffer, valid until it
///   changes. Reading their content by [PublishReader] and [IngestFrame.Ack#sequence(int)]
///   allocates nothing.
///
/// **Thread:** any, one at a time for each object.
@NullMarked
package io.pushrod.codec.ingest;

import org.jspecify.annotations.NullMarked;

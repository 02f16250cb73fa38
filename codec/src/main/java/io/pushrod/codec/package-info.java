/// Wire formats: pure functions over bytes, and the few value types that every format shares.
///
/// - Nothing here knows a channel, a thread or a server; what is not a pure function is a parser
///   that one caller owns.
/// - A parser takes any split of a valid byte stream and yields the same values; what is not valid
///   ends in a [ProtocolException] that names its [CloseReason].
/// - Buffers that come in are never released here; buffers that go out belong to the caller.
@NullMarked
package io.pushrod.codec;

import org.jspecify.annotations.NullMarked;

/// Server-sent events: frames written into a buffer, bare or as HTTP/1.1 chunks, and a parser for
/// clients.
///
/// - Lines end in LF, a field has one space behind its colon, `data` is one line: what the WHATWG
///   standard allows and every client library reads.
/// - A writer never makes a temporary copy: lengths are computed first.
@NullMarked
package io.pushrod.codec.sse;

import org.jspecify.annotations.NullMarked;

/// Server-sent events (WHATWG HTML section 9.2) over HTTP/1.1: a stream of events, and a sibling
/// POST for commands.
///
/// - Every event carries the id from which a browser resumes by itself; with several topics that is
///   a composite.
/// - What is wrong for now is told inside a 200, because native EventSource gives up for good on
///   any other status.
@NullMarked
package io.pushrod.server.transport.sse;

import org.jspecify.annotations.NullMarked;

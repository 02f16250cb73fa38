/// What `pushrod demo` adds to a development server: a page at `/`, a token for it, and a live
/// source of real events.
///
/// - The source is an ordinary publisher on the ingest port; the page is an ordinary client of the
///   public port.
/// - Nothing here is reachable unless the server runs in development mode, on loopback.
@NullMarked
package io.pushrod.server.demo;

import org.jspecify.annotations.NullMarked;

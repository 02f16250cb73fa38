/// Assets over HTTP: uploads, downloads by whole or range, removal, and the event that tells a run
/// and a thread of a new one.
///
/// - Whoever may not read an asset, and whoever asks for one that is not there, get the same 404.
/// - Bytes of a file go between its socket and its store, and reach no log of events: events hold
///   references.
/// - A served file never runs as a page of ours: it is saved unless it was asked for in place, and
///   then only pictures, PDF and text, in a sandbox.
@NullMarked
package io.pushrod.server.surface.asset;

import org.jspecify.annotations.NullMarked;

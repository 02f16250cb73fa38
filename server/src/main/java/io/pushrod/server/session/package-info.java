/// State of one connection and of whoever is behind it.
///
/// - An [Identity] comes from a verified credential and from nowhere else; the tenant in it is the
///   only tenant its connection can name.
/// - Nothing here knows a transport, HTTP or a config file.
@NullMarked
package io.pushrod.server.session;

import org.jspecify.annotations.NullMarked;

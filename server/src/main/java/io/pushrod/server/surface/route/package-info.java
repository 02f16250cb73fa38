/// The route table at work: paths that speak other systems' languages.
///
/// - A [io.pushrod.server.surface.route.Row] says what is served at a path; reading the rows is
///   reading the product. What rows cannot say is in one [io.pushrod.server.surface.route.Dialect]
///   a system, and nothing here asks which system it is.
/// - A dialect's [io.pushrod.server.surface.route.Conversation] decides what one connection says
///   and hears; it acts through its [io.pushrod.server.surface.route.Line] alone, so it is tested
///   without a socket. Events reach the connection past it: rendered once a shard by the dialect's
///   [io.pushrod.server.dialect.EventRenderer].
/// - Transports open connections ([io.pushrod.server.surface.route.SurfaceTransport]) and frame
///   what is said.
/// - A connection with its conversation lives on one shard.
@NullMarked
package io.pushrod.server.surface.route;

import org.jspecify.annotations.NullMarked;

/// Northstar's language: chat threads over WebSocket and event streams, canvases, and the requests
/// beside them.
///
/// - A thread is the topic `thread/{thread_id}`, a canvas the topic `canvas/{canvas_id}`, both of
///   the tenant that the caller's credential names: another tenant's are others, and answered like
///   those that do not exist.
/// - What a request says about itself beside its credential (tenant, mode, project, app …) is a
///   [io.pushrod.server.surface.northstar.Context]. It is checked and shown to readers; it grants
///   nothing.
/// - Every refusal is an [io.pushrod.server.surface.northstar.Envelope]: the body of a response, or
///   the last frame of a socket.
/// - Conversations and requests live on the loop of their connection.
@NullMarked
package io.pushrod.server.surface.northstar;

import org.jspecify.annotations.NullMarked;

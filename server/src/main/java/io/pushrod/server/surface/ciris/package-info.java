/// CIRIS: streams of an agent's messages, telemetry, reasoning and logs.
///
/// - What a user may read is decided by roles, which rows name for each topic.
/// - The streams of the older generation are WebSockets on one topic each, or on several of the
///   client's choice; the newer one has a WebSocket of channels and an event stream of reasoning.
/// - Reading begins when it is asked for; there is no resuming.
@NullMarked
package io.pushrod.server.surface.ciris;

import org.jspecify.annotations.NullMarked;

/// Argos: streams of ingest jobs, agent runs and workflows.
///
/// - A producer publishes each event to the project's topic and to the topic of the job or run that
///   it is about. Clients read the project's; the other one holds the state that they get first.
/// - Clients say nothing that matters. There is no resuming: the first frame is the recovery.
@NullMarked
package io.pushrod.server.surface.argos;

import org.jspecify.annotations.NullMarked;

/// Which connections of a shard read which topics, and how far they are.
///
/// - One index per shard, keyed by tenant and topic; dense arrays, no lock, no iterator on the hot
///   path.
/// - Readers of one topic with the same format and filter that are caught up form a [FanoutGroup]
///   and share one cursor.
/// - A reader whose socket pushed back, or that replays, is beside the groups with a cursor of its
///   own.
@NullMarked
package io.pushrod.server.index;

import org.jspecify.annotations.NullMarked;

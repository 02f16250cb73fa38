/// Counters of what the server does, and their rendering for Prometheus.
///
/// - A shard counts into its own [ShardMetrics] without a lock, a fence or an allocation; only its
///   event loop writes it.
/// - Sums over shards are made when somebody scrapes, by [MetricsRegistry], on the scraper's
///   thread.
/// - A name, its label and its help text stand in one place: [Counter].
@NullMarked
package io.pushrod.server.metrics;

import org.jspecify.annotations.NullMarked;

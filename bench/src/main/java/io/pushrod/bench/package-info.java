/// Benchmarks that show the numbers of the design honestly: each command starts the server as a
/// user would, drives it from separate processes and prints a ratio to a floor that ran in the same
/// block.
///
/// - Figures of two runs are never compared; only ratios inside one block are.
/// - A run in which a reader missed, repeated or altered an event is invalid and prints no figure.
/// - Everything listens and connects on loopback and is bounded in count and time.
@NullMarked
package io.pushrod.bench;

import org.jspecify.annotations.NullMarked;

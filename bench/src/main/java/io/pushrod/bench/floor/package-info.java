/// The floor for machines without a C compiler: `floor.c` once more, by the same system calls.
///
/// - It allocates nothing while it sends, and what it sends lies outside the heap.
/// - One thread does everything; a second one only ends the process in time.
@NullMarked
package io.pushrod.bench.floor;

import org.jspecify.annotations.NullMarked;

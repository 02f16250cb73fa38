/// Microbenchmarks of single steps, each pinned to one core by `scripts/bench jmh`.
@NullMarked
package io.pushrod.bench.jmh;

import org.jspecify.annotations.NullMarked;

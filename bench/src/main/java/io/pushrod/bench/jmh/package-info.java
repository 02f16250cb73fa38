/// What JMH benchmarks of all packages share. A benchmark lies in the package of what it measures.
@NullMarked
package io.pushrod.bench.jmh;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.pushrod.bench.faults;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.pushrod.bench.peer;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.pushrod.bench.storage;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.pushrod.bench;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.pushrod.codec.ingest;

import org.jspecify.annotations.NullMarked;

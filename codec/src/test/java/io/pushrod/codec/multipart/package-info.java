@NullMarked
package io.pushrod.codec.multipart;

import org.jspecify.annotations.NullMarked;

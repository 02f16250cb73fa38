@NullMarked
package io.pushrod.client;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.pushrod.server;

import org.jspecify.annotations.NullMarked;

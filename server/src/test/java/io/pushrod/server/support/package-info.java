/// A real server on free ports, and small clients that speak to it over real sockets.
@NullMarked
package io.pushrod.server.support;

import org.jspecify.annotations.NullMarked;

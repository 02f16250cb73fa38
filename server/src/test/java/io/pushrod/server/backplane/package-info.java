/// Tests of the backplane against servers of Redis that they start.
@NullMarked
package io.pushrod.server.backplane;

import org.jspecify.annotations.NullMarked;

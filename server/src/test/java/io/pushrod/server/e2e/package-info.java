/// Whole stories: a real server, workers and programs in processes of their own, viewers over HTTP.
@NullMarked
package io.pushrod.server.e2e;

import org.jspecify.annotations.NullMarked;

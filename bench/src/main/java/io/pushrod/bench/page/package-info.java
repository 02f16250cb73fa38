/// Puts the figures of finished runs into Markdown pages, so that no number there is typed by hand.
@NullMarked
package io.pushrod.bench.page;

import org.jspecify.annotations.NullMarked;

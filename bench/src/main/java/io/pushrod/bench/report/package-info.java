/// What a benchmark run shows: a table on stdout, every value as JSON, a page of HTML with charts,
/// and progress on stderr while it runs.
///
/// - A run with a fault shows its reason and no figure, in every form.
/// - The page is one file: no script, nothing from another host.
/// - Text from outside passes [Text] on its way to a terminal and [Markup] on its way to the page.
///
/// Everything but [Progress] belongs to the thread of its command.
@NullMarked
package io.pushrod.bench.report;

import org.jspecify.annotations.NullMarked;

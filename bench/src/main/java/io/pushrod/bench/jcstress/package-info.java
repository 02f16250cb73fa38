/// What jcstress tests of all packages share. A test lies in the package of what it races, as
/// `…Stress`; each nested class is one test, and its sentence says what must never be seen.
///
/// Every class of the server that crosses threads has one, but for those that are a single volatile
/// flag or gauge (docs/benchmarks.md lists them).
@NullMarked
package io.pushrod.bench.jcstress;

import org.jspecify.annotations.NullMarked;

/// The command line: one small class per subcommand.
///
/// - Standard output carries only what was asked for, so that it can be piped; everything said
///   about it goes to standard error.
/// - Exit codes: 0 done, 1 failed, 2 used wrongly; `run` adds 130, cancelled. What goes wrong is
///   one line.
/// - The server itself is started through [ServerRunner]; nothing here knows how one is wired.
@NullMarked
package io.pushrod.server.cli;

import org.jspecify.annotations.NullMarked;

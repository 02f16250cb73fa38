/// Configuration: YAML and command-line settings in, one immutable [ServerConfig] out.
///
/// - Every key is read in exactly one place, beside its default and its bounds; a key that nobody
///   reads is an error. `config/pushrod.yaml` lists them all and a test keeps it equal.
/// - Defaults, then the file, then `--set`: the last one wins, as a whole value.
/// - Whatever is wrong is a [ConfigException]: one line with source, key, value and what was
///   expected. Secrets appear in no message and no `toString`.
/// - Called once at start-up, on any thread; what comes out is shared freely.
@NullMarked
package io.pushrod.server.config;

import org.jspecify.annotations.NullMarked;

/// The vocabularies and shapes in which surfaces render native events, one small pure part each.
///
/// - What is stored is native; a dialect is applied when an event is read. A renderer knows bytes
///   only: no topic log, no connection, no transport.
/// - What a publisher put in `data` never overrides a field that the dialect writes itself.
/// - The output is one line of compact JSON in UTF-8.
///
/// **Thread:** a renderer belongs to one shard; filters are values.
@NullMarked
package io.pushrod.server.dialect;

import org.jspecify.annotations.NullMarked;

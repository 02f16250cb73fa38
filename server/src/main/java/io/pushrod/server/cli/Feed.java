package io.pushrod.server.cli;

/// One transport by which `tail` reads a topic.
interface Feed {
  /// Connects, gives everything that comes to the reader, and returns when that is over.
  ///
  /// @param after where to begin, or empty for what the server takes by default
  Ending read(String after, TailReader reader) throws InterruptedException;
}

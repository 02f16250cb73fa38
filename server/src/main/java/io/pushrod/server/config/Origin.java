package io.pushrod.server.config;

/// Where a value was written.
///
/// @param source a file as the operator named it, or the option of the command line
/// @param line from 1, or 0 where lines mean nothing
record Origin(String source, int line) {

  @Override
  public String toString() {
    return line == 0 ? source : source + ':' + line;
  }
}

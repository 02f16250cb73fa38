package io.pushrod.server.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The fenced blocks of a guide, in order.
///
/// | fence | means |
/// |---|---|
/// | `sh` | commands, to be run to their end |
/// | `sh NAME` | commands in a terminal of their own, which go on |
/// | `text` | what the commands before say, line by line, with more between; `…` is anything |
/// | `text NAME` | what those of that name say by now |
/// | any other with a name that has a dot | a file of that name |
record Guide(List<Block> blocks) {
  /// @param name empty for none
  record Block(String language, String name, String body) {}

  private static final Pattern FENCE =
      Pattern.compile("^```(\\w+) ?([\\w.]*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  static Guide read(Path file) throws IOException {
    List<Block> blocks = new ArrayList<>();
    Matcher fence = FENCE.matcher(Files.readString(file));
    while (fence.find()) {
      blocks.add(new Block(fence.group(1), fence.group(2), fence.group(3)));
    }
    return new Guide(List.copyOf(blocks));
  }

  /// What matches a text that has all these lines, in order.
  static Pattern pattern(String lines) {
    return Pattern.compile(
        lines
            .lines()
            .map(
                line ->
                    Arrays.stream(line.split("…", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*?")))
            .collect(Collectors.joining("[\\s\\S]*?")));
  }
}

package io.pushrod.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.support.Claim;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Any file, and any value of the command line, is a config or refused with one line.
public final class YamlFuzz {
  private static final Path FILE = file();

  private YamlFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    refusedWithOneLine(() -> loadFile(input));
    String text = new String(input, UTF_8);
    refusedWithOneLine(
        () ->
            ServerConfig.load(
                null, List.of(new Assignment("--set", "events.classes", text)), true));
  }

  private static void refusedWithOneLine(Runnable load) {
    try {
      load.run();
    } catch (ConfigException e) {
      String message = String.valueOf(e.getMessage());
      Claim.that(!message.isEmpty(), "a message says what is wrong");
    }
  }

  private static void loadFile(byte[] input) {
    try {
      Files.write(FILE, input);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var _ = ServerConfig.load(FILE, List.of(), true);
  }

  private static Path file() {
    try {
      Path file = Files.createTempFile("pushrod-fuzz", ".yaml");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

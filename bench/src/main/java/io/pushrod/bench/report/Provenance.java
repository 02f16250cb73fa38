package io.pushrod.bench.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/// Where figures come from: what ran, of which version, when and on what.
///
/// @param command as it was typed
/// @param version `unknown` where nobody knows
public record Provenance(String command, String version, Instant at, Host host) {
  private static final int PATIENCE_SECONDS = 5;

  public Provenance {
    at = at.truncatedTo(ChronoUnit.SECONDS);
  }

  /// This machine, and the version that git describes.
  ///
  /// @param root of the sources
  public static Provenance here(String command, Path root, Instant at) {
    return new Provenance(command, version(root), at, Host.here());
  }

  private static String version(Path root) {
    try {
      Process git =
          new ProcessBuilder("git", "-C", root.toString(), "describe", "--always", "--dirty")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      git.getOutputStream().close();
      if (!git.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        git.destroyForcibly();
        return "unknown";
      }
      String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return said.isBlank() ? "unknown" : said.strip();
    } catch (IOException e) {
      return "unknown"; // no git
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }
}

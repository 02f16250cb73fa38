package io.pushrod.bench;

import io.pushrod.bench.page.FigurePage;
import io.pushrod.bench.page.RunFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Fills the places for figures of a page from the runs under `bench/target`.
@Command(
    name = "page",
    description = "Puts the figures of finished runs into a Markdown page.",
    mixinStandardHelpOptions = true)
final class Pages implements Callable<Integer> {
  @Parameters(index = "0", description = "such as docs/performance.md")
  private Path file = Path.of("");

  @Override
  public Integer call() throws IOException {
    String page = Files.readString(file);
    Map<String, RunFile> found = new HashMap<>();
    for (String run : FigurePage.runs(page)) {
      Path values = Bench.target().resolve(run + ".json");
      if (Files.exists(values)) {
        found.put(run, RunFile.read(values));
        System.out.println("filled: " + run);
      } else {
        System.out.println("left as it is: " + run + ", which has not run here");
      }
    }
    Files.writeString(file, FigurePage.fill(page, run -> found.get(run)));
    return 0;
  }
}

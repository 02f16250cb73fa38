package io.pushrod.server.cli;

import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ConfigText;
import io.pushrod.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "streaming",
    description = {
      "Adds the section streaming to a config file: what runs emit.",
      "The result is checked before it is written."
    })
final class AddStreamingCommand implements Callable<Integer> {
  private static final String SECTION = "streaming";

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--events",
      paramLabel = "PRESET|LIST",
      description = "What runs emit: minimal, chat, debug, all, or names with commas (all).")
  private String events = "all";

  @Option(
      names = "--async-runs",
      description = "Runs that outlive the request that starts them (/runs), not only direct ones.")
  private boolean asyncRuns;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Where their events are kept: memory (memory).")
  private String backend = "memory";

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The file to add to (pushrod.yaml).")
  private Path file = Path.of("pushrod.yaml");

  @Override
  public Integer call() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    StreamingSection section = StreamingSection.of(command, "--", asyncRuns, events, backend);
    ConfigText text = ConfigText.read(file);
    if (text.has(SECTION)) {
      throw new CommandFailed(file + ": " + SECTION + " (expected: no such section yet)");
    }
    String addition = text.addition(section.yaml());
    check(text, addition, section);
    try {
      Files.writeString(file, addition, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new CommandFailed(file + ": " + e + " (expected: a file that can be written)");
    }
    command.getErr().println("pushrod: added " + SECTION + " to " + file);
    return CommandLine.ExitCode.OK;
  }

  /// Text at the end of a file may also end up inside of what is there.
  private void check(ConfigText text, String addition, StreamingSection section) {
    ServerConfig expected = text.load(section.assignments());
    String why;
    try {
      if (text.plus(addition).load(List.of()).equals(expected)) {
        return;
      }
      why = "what is there would change";
    } catch (ConfigException e) {
      why = String.valueOf(e.getMessage());
    }
    throw new CommandFailed(
        file + ": nothing can be added at its end (expected: sections, one per line): " + why);
  }
}

package io.pushrod.server.cli;

import io.pushrod.server.config.ConfigText;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "init",
    description = {
      "Makes a folder for one agent: a config file with the settings that matter, and a README with the"
          + " commands that show its first run.",
      "Without --async-runs, --streaming-events or --streaming-backend the file has no section"
          + " streaming, and runs emit everything; pushrod add streaming adds one."
    })
final class InitCommand implements Callable<Integer> {
  private static final String NAME_RULE = "[A-Za-z0-9][A-Za-z0-9_.-]{0,127}";

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      description = "The agent, and the folder to make; may have the path of the folder before it.")
  private Path folder = Path.of("");

  @Option(
      names = "--streaming",
      paramLabel = "sse|ws",
      description = "How the README reads a run: by SSE, or over a WebSocket (sse).")
  private Scaffold.Reading reading = Scaffold.Reading.SSE;

  @Option(
      names = "--streaming-events",
      paramLabel = "PRESET|LIST",
      description = "What runs emit: minimal, chat, debug, all, or names with commas (all).")
  private @Nullable String events;

  @Option(
      names = "--async-runs",
      description = "Runs that outlive the request that starts them (/runs), not only direct ones.")
  private boolean asyncRuns;

  @Option(
      names = "--streaming-backend",
      paramLabel = "NAME",
      description = "Where their events are kept: memory (memory).")
  private @Nullable String backend;

  @Override
  public Integer call() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    String name = String.valueOf(folder.getFileName());
    if (!name.matches(NAME_RULE)) {
      throw new ParameterException(
          command, "NAME: " + folder + " (expected: 1-128 of A-Z a-z 0-9 _ . -)");
    }
    StreamingSection section = section(command);
    boolean hasRuns = section == null || section.asyncRuns();
    if (reading == Scaffold.Reading.WS && !hasRuns) {
      throw new ParameterException(
          command, "--streaming: ws (expected: with --async-runs; a direct run answers by SSE)");
    }
    Scaffold scaffold = new Scaffold(name, section, hasRuns, reading);
    write(scaffold);
    command
        .getErr()
        .println("pushrod: made " + folder + "; its README.md has the commands to go on with");
    return CommandLine.ExitCode.OK;
  }

  private @Nullable StreamingSection section(CommandLine command) {
    if (!asyncRuns && events == null && backend == null) {
      return null;
    }
    return StreamingSection.of(
        command,
        "--streaming-",
        asyncRuns,
        Objects.requireNonNullElse(events, "all"),
        Objects.requireNonNullElse(backend, "memory"));
  }

  private void write(Scaffold scaffold) {
    Path file = folder.resolve(Scaffold.CONFIG);
    String config = scaffold.config();
    var _ = ConfigText.of(file, config).load(List.of());
    try {
      Files.createDirectory(folder);
      Files.writeString(file, config);
      Files.writeString(folder.resolve("README.md"), scaffold.readme());
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailed(folder + " (expected: a folder that is not there yet)");
    } catch (NoSuchFileException e) {
      throw new CommandFailed(folder + " (expected: in a folder that exists)");
    } catch (IOException e) {
      throw new CommandFailed(folder + ": " + e + " (expected: a folder that can be made)");
    }
  }
}

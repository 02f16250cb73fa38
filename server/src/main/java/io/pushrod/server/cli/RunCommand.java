package io.pushrod.server.cli;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.run.RunStart;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description = {
      "Starts a run and shows it as it happens: its tokens on standard output, the rest on standard"
          + " error.",
      "The first Ctrl-C cancels the run, the second one leaves it.",
      "Comes back by itself when the connection breaks, and misses nothing."
    },
    exitCodeListHeading =
        "%nExit codes: 0 completed, 1 failed or timed out, 2 used wrongly, 130 cancelled or left.%n")
final class RunCommand implements Callable<Integer> {
  private static final int MAX_INPUT_BYTES = 16 << 20;

  private final InputStream in;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ClientOptions client = new ClientOptions();

  @Option(names = "--agent", paramLabel = "NAME", description = "The agent that is to run.")
  private @Nullable String agent;

  @Option(
      names = "--input",
      paramLabel = "JSON",
      description = "What it gets: a JSON object; - reads standard input ({}).")
  private String input = "{}";

  @Option(
      names = "--run-id",
      paramLabel = "ID",
      description = "The run's id: 1-128 of A-Z a-z 0-9 _ - (the server's choice).")
  private @Nullable String runId;

  @Option(
      names = "--thread",
      paramLabel = "ID",
      description = "The thread, such as 42, whose topic shows the run as well.")
  private @Nullable String thread;

  @Option(
      names = "--attach",
      paramLabel = "ID",
      description = "Shows a run that was started before, from its beginning.")
  private @Nullable String attach;

  @Option(names = "--detach", description = "Starts the run, prints its id, and leaves it.")
  private boolean detach;

  @Option(names = "--json", description = "Print events as they come.")
  private boolean json;

  @Option(names = "--url", paramLabel = "URL", description = "The server (http://127.0.0.1:8080).")
  private URI url = URI.create("http://127.0.0.1:8080");

  RunCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    check(command);
    String body = attach == null ? body(command) : "";
    RunClient runs =
        new RunClient(
            URI.create(url.toString().replaceAll("/+$", "")),
            client.token(List.of("run/*"), List.of("agent/*", "run/*", "thread/*")));
    String id = attach == null ? runs.start(Objects.requireNonNull(agent), runId, body) : attach;
    if (detach) {
      command.getOut().println(id);
      return CommandLine.ExitCode.OK;
    }
    if (attach == null) {
      command.getErr().println("pushrod: run " + id);
    }
    ProgressLine progress = new ProgressLine(command.getErr(), isTerminal());
    RunReader reader = new RunReader(id, command.getOut(), command.getErr(), progress, json);
    RunFollower follower = new RunFollower(id, runs, reader, command.getErr());
    try {
      ProcessSignals.handle("INT", _ -> follower.onInterrupt());
    } catch (ReflectiveOperationException e) {
      command.getErr().println("pushrod: with these JVM flags Ctrl-C only leaves the run");
    }
    return follower.follow();
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private void check(CommandLine command) {
    if ((agent == null) == (attach == null)) {
      throw new ParameterException(command, "expected: either --agent or --attach");
    }
    if (attach != null && (detach || runId != null || thread != null)) {
      throw new ParameterException(
          command, "--attach: " + attach + " (expected: no --detach, --run-id or --thread)");
    }
    for (String id : new String[] {runId, attach}) {
      if (id != null && !RunStart.isRunId(id)) {
        throw new ParameterException(
            command, "run id: " + id + " (expected: 1-128 of A-Z a-z 0-9 _ -)");
      }
    }
    if (thread != null && !IdField.isValid(thread)) {
      throw new ParameterException(
          command, "--thread: " + thread + " (expected: " + IdField.RULE + ')');
    }
    if (!List.of("http", "https").contains(String.valueOf(url.getScheme()))) {
      throw new ParameterException(command, "--url: " + url + " (expected: http:// or https://)");
    }
  }

  /// The input, with the thread in it.
  private String body(CommandLine command) throws IOException {
    byte[] bytes =
        input.equals("-")
            ? in.readNBytes(MAX_INPUT_BYTES + 1)
            : input.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_INPUT_BYTES) {
      throw new CommandFailed("--input: > " + MAX_INPUT_BYTES + " bytes (expected: at most that)");
    }
    try {
      var _ = JsonScanner.check("--input", Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    } catch (RequestException e) {
      throw new ParameterException(command, String.valueOf(e.getMessage()), e);
    }
    String text = new String(bytes, StandardCharsets.UTF_8).strip();
    if (!text.startsWith("{")) {
      throw new ParameterException(command, "--input: not an object (expected: a JSON object)");
    }
    if (thread == null) {
      return text;
    }
    String rest = text.substring(1).stripLeading();
    return "{\"thread_id\":" + FlatJson.quote(thread) + (rest.equals("}") ? "" : ",") + rest;
  }
}

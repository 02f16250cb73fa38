package io.pushrod.server.cli;

import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TopicName;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
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
    name = "tail",
    description = {
      "Prints the events of a topic as they come, one line each.",
      "Comes back by itself when the connection breaks, and misses nothing."
    })
final class TailCommand implements Callable<Integer> {
  enum Transport {
    ws,
    sse
  }

  private static final Duration SILENCE = Duration.ofSeconds(30);

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ClientOptions client = new ClientOptions();

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      required = true,
      description = "The topic, such as thread/42.")
  private String topic = "";

  @Option(
      names = "--after",
      paramLabel = "CURSOR",
      description = "Where to begin: a cursor, a sequence, earliest or now (now).")
  private String after = "";

  @Option(
      names = "--filter",
      paramLabel = "F",
      description = "Which events: minimal, chat, debug, all, or a list such as token_chunk,run*.")
  private String filter = "";

  @Option(names = "--transport", description = "${COMPLETION-CANDIDATES} (ws).")
  private Transport transport = Transport.ws;

  @Option(names = "--json", description = "Print events as they come.")
  private boolean json;

  @Option(names = "--url", paramLabel = "URL", description = "The server (http://127.0.0.1:8080).")
  private URI url = URI.create("http://127.0.0.1:8080");

  @Override
  public Integer call() throws InterruptedException {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    check(command);
    TailRequest request =
        new TailRequest(
            URI.create(url.toString().replaceAll("/+$", "")),
            topic,
            filter,
            client.token(List.of(topic), List.of()),
            SILENCE);
    EventLine human = json ? null : new EventLine(ZoneId.systemDefault());
    TailReader reader = new TailReader(command.getOut(), command.getErr(), human, after);
    Feed feed =
        switch (transport) {
          case ws -> new WebSocketFeed(request);
          case sse -> new SseFeed(request);
        };
    run(feed, reader, command.getErr(), Following.FIRST_WAIT_MILLIS);
    return CommandLine.ExitCode.OK;
  }

  private void check(CommandLine command) {
    if (!TopicName.isValid(topic)) {
      throw new ParameterException(command, "--topic: " + topic + " (expected: a topic)");
    }
    if (!List.of("http", "https").contains(String.valueOf(url.getScheme()))) {
      throw new ParameterException(command, "--url: " + url + " (expected: http:// or https://)");
    }
    if (!after.isEmpty()) {
      try {
        StartPoint.parse(after);
      } catch (RequestException e) {
        throw new ParameterException(command, "--after: " + e.getMessage(), e);
      }
    }
  }

  /// Reads, over as many connections as it takes.
  ///
  /// @throws CommandFailed when coming back cannot help, or the server was never reached
  static void run(Feed feed, TailReader reader, PrintWriter err, long firstWaitMillis)
      throws InterruptedException {
    Ending ending =
        Following.follow(() -> feed.read(reader.cursor(), reader), reader, err, firstWaitMillis);
    throw new CommandFailed(ending.reason());
  }
}

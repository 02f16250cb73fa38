package io.pushrod.server.cli;

import io.netty.buffer.Unpooled;
import io.pushrod.client.Publication;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.json.JsonScanner;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
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
    name = "publish",
    description = {
      "Publishes to a topic through the ingest port.",
      "With --data: one event; prints its topic and sequence.",
      "Without: what comes on standard input. A line that is a JSON object with a \"type\" is an event"
          + " of its own; every other line is text, published as {\"text\":…}.",
      "Here --data is the event's; the server's data folder is --data-dir."
    })
final class PublishCommand implements Callable<Integer> {
  private static final String TEXT_TYPE = "token_chunk";
  private static final int MAX_LINE_CHARS = 1 << 20;

  private final InputStream in;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ClientOptions client = new ClientOptions();

  @Option(
      names = {"-t", "--topic"},
      paramLabel = "TOPIC",
      required = true,
      description = "The topic, such as thread/42; events in the input may name others.")
  private String topic = "";

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Type of the event, or of lines of text (token_chunk).")
  private String type = TEXT_TYPE;

  @Option(names = "--data", paramLabel = "JSON", description = "Data of one event: a JSON value.")
  private @Nullable String data;

  @Option(names = "--host", paramLabel = "HOST", description = "The server (127.0.0.1).")
  private String host = "127.0.0.1";

  @Option(names = "--port", paramLabel = "PORT", description = "Its ingest port (7400).")
  private int port = 7_400;

  PublishCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    check(command);
    String token = client.token(List.of(), List.of("*"));
    IngestAddress address = new IngestAddress(host, port);
    address.checkReachable();
    PublisherConfig config =
        PublisherConfig.of(host, port, "cli-" + UUID.randomUUID()).withToken(() -> token);
    PublishReport report = new PublishReport(command.getOut(), command.getErr(), data != null);
    try (Publisher publisher = Publisher.start(config)) {
      address.await(publisher.ready());
      if (data == null) {
        publishInput(publisher, command, report);
      } else {
        publish(publisher, new PublishLine(List.of(topic), type, Map.of(), data), report);
      }
    }
    return report.exitCode();
  }

  private void publishInput(Publisher publisher, CommandLine command, PublishReport report)
      throws IOException, InterruptedException {
    if (isTyped()) {
      command.getErr().println("pushrod: publishing what you type; Ctrl-D ends");
    }
    LineReader lines =
        new LineReader(new InputStreamReader(in, StandardCharsets.UTF_8), MAX_LINE_CHARS);
    for (String line = lines.next(); line != null && !report.isOver(); line = lines.next()) {
      report.onLine();
      try {
        for (PublishLine event : PublishLine.parse(line, topic, type)) {
          publish(publisher, event, report);
        }
      } catch (CommandFailed | RequestException | IllegalArgumentException e) {
        report.onRefused(e);
      }
    }
  }

  private static boolean isTyped() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private static void publish(Publisher publisher, PublishLine event, PublishReport report)
      throws InterruptedException {
    Publication publication = Publication.of(event.topics().getFirst(), event.type(), event.data());
    for (String more : event.topics().subList(1, event.topics().size())) {
      publication = publication.alsoTo(more);
    }
    for (Map.Entry<IdField, String> id : event.ids().entrySet()) {
      publication = publication.withId(id.getKey(), id.getValue());
    }
    report.onPublished(event.topics(), publisher.publish(publication));
  }

  private void check(CommandLine command) {
    if (!TopicName.isValid(topic)) {
      throw new ParameterException(command, "--topic: " + topic + " (expected: a topic)");
    }
    if (port < 1 || port > 65_535) {
      throw new ParameterException(command, "--port: " + port + " (expected: 1-65535)");
    }
    if (!PublishLine.isType(type)) {
      throw new ParameterException(
          command, "--type: " + type + " (expected: 1-128 of A-Z a-z 0-9 _ . : @ / -)");
    }
    if (data != null) {
      byte[] json = data.getBytes(StandardCharsets.UTF_8);
      try {
        var _ = JsonScanner.check("--data", Unpooled.wrappedBuffer(json), 0, json.length);
      } catch (RequestException e) {
        throw new ParameterException(command, String.valueOf(e.getMessage()), e);
      }
    }
  }
}

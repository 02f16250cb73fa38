package io.pushrod.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.support.Claim;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;

/// Any input: lines join to what came in, and each is text or an event whose data is JSON, to a
/// publisher as to an agent's run.
public final class LineFuzz {
  private static final int MAX_CHARS = 256;

  private LineFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, UTF_8);
    StringBuilder joined = new StringBuilder();
    LineReader reader = new LineReader(new StringReader(text), MAX_CHARS);
    try {
      for (String line = reader.next(); line != null; line = reader.next()) {
        Claim.that(!line.isEmpty() && line.length() <= MAX_CHARS, "a line is bounded");
        joined.append(line);
        publish(line);
        run(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Claim.equal(joined.toString(), text, "joined again");
  }

  private static void publish(String line) {
    try {
      for (PublishLine event : PublishLine.parse(line, "cli", "text")) {
        Claim.that(PublishLine.isType(event.type()), "type");
        Claim.that(event.topics().stream().allMatch(TopicName::isValid), "topics");
        ByteBuf data = Unpooled.copiedBuffer(event.data(), UTF_8);
        var _ = JsonScanner.check(data, 0, data.readableBytes());
      }
    } catch (CommandFailed e) {
      Claim.that(line.startsWith("{"), "text is never refused");
    }
  }

  private static void run(String line) {
    for (AgentLine said : AgentLine.parse(line)) {
      switch (said) {
        case AgentLine.Event event -> {
          Claim.that(TypeName.isPublishable(event.type()), "type of an agent");
          checkJson(event.data());
        }
        case AgentLine.Result result -> checkJson(result.output());
        case AgentLine.Failure failure -> Claim.that(!AgentLine.isText(line), failure.code());
      }
    }
  }

  private static void checkJson(String json) {
    Claim.that(FlatJson.parse("{\"json\":" + json + '}') != null, "data of an agent");
  }
}

package io.pushrod.codec.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The files that every client and server of the protocol is tested with.
class IngestVectorsTest {
  private static final Path FOLDER = Path.of("src/test/resources/ingest-v1");

  static List<String> good() throws IOException {
    return names(false);
  }

  static List<String> bad() throws IOException {
    return names(true);
  }

  @ParameterizedTest
  @MethodSource("good")
  void decodesToTheFrame(String name) throws IOException {
    JsonTree vector = JsonTree.read(FOLDER.resolve(name));
    ByteBuf in = bytes(vector);

    var frames = FrameModel.decodeAll(new IngestDecoder(in.readableBytes()), in);

    assertThat(frames).containsExactly(frame(vector.at("frame")));
    assertThat(in.isReadable()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("good")
  void encodesToTheBytes(String name) throws IOException {
    JsonTree vector = JsonTree.read(FOLDER.resolve(name));
    ByteBuf out = Unpooled.buffer();

    frame(vector.at("frame")).encode(out);

    assertThat(ByteBufUtil.hexDump(out)).isEqualTo(ByteBufUtil.hexDump(bytes(vector)));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void endsTheConnection(String name) throws IOException {
    JsonTree vector = JsonTree.read(FOLDER.resolve(name));
    var decoder = new IngestDecoder(vector.integer("max_frame_bytes"));

    var thrown =
        catchThrowableOfType(
            ProtocolException.class, () -> FrameModel.decodeAll(decoder, bytes(vector)));

    assertThat(thrown).isNotNull();
    assertThat(thrown.reason().label()).isEqualTo(vector.text("error"));
    assertThat(thrown).hasMessageMatching("[a-z ]+: .+ \\(expected: .+\\)").hasNoCause();
  }

  private static List<String> names(boolean bad) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json") && name.startsWith("bad-") == bad)
          .sorted()
          .toList();
    }
  }

  private static ByteBuf bytes(JsonTree vector) {
    String hex =
        vector.at("hex").items().stream()
            .map(line -> ((String) line.value()).replace(" ", ""))
            .collect(Collectors.joining());
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
  }

  private static FrameModel frame(JsonTree json) {
    return switch (json.text("frame")) {
      case "hello" ->
          plain(
              new Hello(
                  json.number("epoch"),
                  json.text("producer"),
                  json.text("tenant"),
                  json.text("token")));
      case "welcome" -> plain(welcome(json));
      case "publish" ->
          new FrameModel.Events(
              json.number("first_sequence"),
              json.at("events").items().stream().map(IngestVectorsTest::event).toList());
      case "ack" ->
          new FrameModel.Settled(
              json.number("up_to"),
              json.at("sequences").items().stream().map(item -> (Long) item.value()).toList());
      case "reject" ->
          plain(
              new Reject(
                  json.number("sequence"),
                  json.integer("code"),
                  json.integer("retry_after_ms"),
                  json.text("message")));
      case "window" -> plain(new Window(json.integer("bytes"), json.integer("events")));
      case "ping" -> plain(new Ping(Long.parseUnsignedLong(json.text("value"), 16)));
      case "pong" -> plain(new Pong(Long.parseUnsignedLong(json.text("value"), 16)));
      case "goaway" ->
          plain(
              new Goaway(
                  json.integer("code"),
                  json.number("reconnect") == 1,
                  json.integer("retry_after_ms"),
                  json.text("message")));
      default -> throw new AssertionError(json.text("frame"));
    };
  }

  private static FrameModel plain(IngestFrame frame) {
    return new FrameModel.Plain(frame);
  }

  private static Welcome welcome(JsonTree json) {
    return new Welcome(
        json.integer("max_frame_bytes"),
        json.integer("max_event_bytes"),
        json.integer("window_bytes"),
        json.integer("window_events"),
        json.integer("ping_interval_ms"),
        json.number("last_sequence"),
        json.text("server"));
  }

  private static EventModel event(JsonTree json) {
    var ids = new TreeMap<IdField, String>();
    json.at("ids")
        .fields()
        .forEach(
            (name, value) ->
                ids.put(IdField.valueOf(((String) name).toUpperCase(Locale.ROOT)), (String) value));
    return new EventModel(
        json.at("topics").items().stream().map(item -> (String) item.value()).toList(),
        json.text("type"),
        json.integer("class_hint"),
        json.number("timestamp_ms"),
        ids,
        json.text("payload"));
  }
}

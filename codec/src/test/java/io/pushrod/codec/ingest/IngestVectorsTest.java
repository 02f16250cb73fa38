package io.pushrod.codec.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
      default -> plain(workers(json));
    };
  }

  private static IngestFrame workers(JsonTree json) {
    return switch (json.text("frame")) {
      case "consume" -> new Consume(json.text("pattern"), json.integer("credit"));
      case "request" -> request(json);
      case "accept" -> new Accept(json.number("lease"));
      case "grant" -> new Grant(json.number("lease"));
      case "refuse" ->
          new Refuse(json.number("lease"), json.number("elsewhere") == 1, json.text("message"));
      case "renew" ->
          new Renew(json.at("leases").items().stream().map(item -> (Long) item.value()).toList());
      case "settle" ->
          new Settle(
              json.number("lease"),
              Settle.Outcome.valueOf(upper(json.text("outcome"))),
              json.text("payload"));
      case "cancel" ->
          new Cancel(
              json.number("lease"),
              Cancel.How.valueOf(upper(json.text("how"))),
              json.integer("deadline_ms"),
              json.text("by"),
              json.text("reason"));
      case "cancel_ack" -> new CancelAck(json.number("lease"));
      case "release" ->
          new Release(json.number("lease"), json.integer("code"), json.text("message"));
      default -> throw new AssertionError(json.text("frame"));
    };
  }

  private static Request request(JsonTree json) {
    return new Request(
        json.number("lease"),
        Request.Kind.valueOf(upper(json.text("kind"))),
        json.integer("lease_ms"),
        json.integer("attempt"),
        json.text("inbox"),
        json.text("id"),
        json.text("user"),
        texts(json.at("topics")),
        ids(json.at("ids")),
        json.text("payload"));
  }

  private static String upper(String name) {
    return name.toUpperCase(Locale.ROOT);
  }

  private static List<String> texts(JsonTree json) {
    return json.items().stream().map(item -> (String) item.value()).toList();
  }

  private static Map<IdField, String> ids(JsonTree json) {
    var ids = new TreeMap<IdField, String>();
    json.fields()
        .forEach((name, value) -> ids.put(IdField.valueOf(upper((String) name)), (String) value));
    return ids;
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
    return new EventModel(
        texts(json.at("topics")),
        json.text("type"),
        json.integer("class_hint"),
        json.number("timestamp_ms"),
        ids(json.at("ids")),
        json.text("payload"));
  }
}

package io.pushrod.codec.ingest;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds `docs/ingest-protocol.md` to the code.
class IngestDocumentTest {
  private final List<String> lines =
      Files.readAllLines(
          Path.of(System.getProperty("pushrod.root", ".."), "docs", "ingest-protocol.md"));

  IngestDocumentTest() throws IOException {}

  @Test
  void listsEveryErrorCode() {
    assertThat(rows("### 8.1 Reject"))
        .isEqualTo(
            Stream.of(ErrorCode.values())
                .map(
                    code ->
                        "| %d | `%s` | %s |"
                            .formatted(
                                code.number(), code.label(), code.retryable() ? "yes" : "no"))
                .toList());
  }

  @Test
  void listsEveryCloseReason() {
    assertThat(rows("### 8.2 Goaway"))
        .isEqualTo(
            Stream.of(CloseReason.values())
                .map(
                    reason ->
                        "| %d | `%s` | %s | %d | %s |"
                            .formatted(
                                reason.code(),
                                reason.label(),
                                reason.reconnect() ? "yes" : "no",
                                reason.retryAfterMillis(),
                                reason.text()))
                .toList());
  }

  @Test
  void numbersIdsAndClasses() {
    String ids =
        Arrays.stream(IdField.values())
            .map(field -> field.code() + " `" + field.label() + '`')
            .collect(Collectors.joining(", ", "Id codes: ", "."));
    String classes =
        Arrays.stream(EventClass.values())
            .map(c -> c.ordinal() + 1 + " " + c.label())
            .collect(Collectors.joining(", ", "0: none, ", "."));

    assertThat(lines).contains(ids).anyMatch(line -> line.contains(classes));
  }

  @Test
  void statesTheBoundOfAHello() {
    assertThat(lines)
        .contains(
            "| hello | %,d bytes | goaway 1009 |".formatted(IngestFrame.MAX_HELLO_FRAME_BYTES));
  }

  @Test
  void itsSessionDecodes() {
    var run = Map.of(IdField.RUN_ID, "r1");
    assertThat(session("C"))
        .containsExactly(
            new FrameModel.Plain(new Hello(1795241760000L, "agents-1", "", "k.e.y")),
            new FrameModel.Events(
                1,
                List.of(
                    new EventModel(
                        List.of("thread/42", "run/r1"),
                        "token_chunk",
                        0,
                        0,
                        run,
                        "{\"text\":\"Hi\"}"),
                    EventModel.of("bad topic", "progress"),
                    new EventModel(List.of("thread/42"), "run_end", 0, 0, run, ""))),
            new FrameModel.Plain(new Pong(1)),
            new FrameModel.Plain(new Goaway(1000, false, 0, "")));
    assertThat(session("S"))
        .containsExactly(
            new FrameModel.Plain(
                new Welcome(1048576, 262144, 4194304, 16384, 30000, 0, "pushrod 0.1.0")),
            new FrameModel.Plain(new Reject(2, ErrorCode.BAD_TOPIC, 0, "topic")),
            new FrameModel.Settled(3, List.of(1042L, 7L, 0L, 1043L)),
            new FrameModel.Plain(new Ping(1)));
  }

  @Test
  void itsRunDecodes() {
    long lease = 24_301;
    assertThat(session("worker C"))
        .extracting(frame -> ((FrameModel.Plain) frame).frame())
        .containsExactly(
            new Consume("agent/echo", 8),
            new Accept(lease),
            new Renew(List.of(lease)),
            new Settle(lease, Settle.Outcome.COMPLETED, "{\"text\":\"Hi\"}"));
    assertThat(session("worker S"))
        .extracting(frame -> ((FrameModel.Plain) frame).frame())
        .containsExactly(
            new Request(
                lease,
                Request.Kind.RUN,
                15_000,
                1,
                "agent/echo",
                "r1",
                "ann",
                List.of("run/r1"),
                Map.of(IdField.RUN_ID, "r1", IdField.AGENT_ID, "echo"),
                "{\"text\":\"Hi\"}"),
            new Grant(lease),
            new Release(lease, 0, ""));
  }

  @Test
  void namesTheCodesOfReleases() {
    List<String> rows = rows("### 12.8 Release codes");

    assertThat(rows)
        .element(1, as(STRING))
        .startsWith("| %d | `fenced` |".formatted(ErrorCode.FENCED.number()));
    assertThat(rows)
        .element(2, as(STRING))
        .startsWith("| %d | `already_ended` |".formatted(ErrorCode.ALREADY_ENDED.number()));
    assertThat(rows)
        .element(3, as(STRING))
        .startsWith("| %d | `kill_switch` |".formatted(ErrorCode.KILL_SWITCH.number()));
  }

  /// The rows of the first table after a heading.
  private List<String> rows(String heading) {
    return lines.stream()
        .dropWhile(line -> !line.equals(heading))
        .dropWhile(line -> !line.startsWith("|---"))
        .skip(1)
        .takeWhile(line -> line.startsWith("|"))
        .toList();
  }

  /// All frames of one side. A line is bytes, two spaces, and what they mean.
  private List<FrameModel> session(String side) {
    ByteBuf bytes = Unpooled.buffer();
    boolean inside = false;
    for (String line : lines) {
      if (line.startsWith("```")) {
        inside = line.equals("```hex " + side);
      } else if (inside) {
        bytes.writeBytes(ByteBufUtil.decodeHexDump(line.split("  ", 2)[0].replace(" ", "")));
      }
    }
    var frames = new ArrayList<FrameModel>();
    frames.addAll(FrameModel.decodeAll(new IngestDecoder(1 << 20), bytes));
    assertThat(bytes.isReadable()).isFalse();
    return frames;
  }
}

package io.pushrod.server.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final TailReader reader =
      new TailReader(new PrintWriter(out), new PrintWriter(err), null, "");
  private final List<String> asked = new ArrayList<>();

  private static String event(int sequence) {
    return "{\"id\":\"k3-%d\",\"seq\":%d,\"topic\":\"t\",\"type\":\"a\",\"ts\":0,\"data\":{}}"
        .formatted(sequence, sequence);
  }

  /// Connections that bring these messages; the last one ends for good.
  private void tail(List<List<String>> connections) throws InterruptedException {
    Iterator<List<String>> next = connections.iterator();
    Feed feed =
        (after, given) -> {
          asked.add(after);
          Attempt attempt = new Attempt(Long.MAX_VALUE);
          for (String message : next.next()) {
            Ending ending = given.onMessage(message, attempt);
            if (ending != null) {
              return ending;
            }
          }
          return next.hasNext()
              ? Ending.again("connection lost")
              : Ending.forGood("server closed: normal");
        };
    assertThatThrownBy(() -> TailCommand.run(feed, reader, new PrintWriter(err, true), 1))
        .isInstanceOf(CommandFailed.class)
        .hasMessage("server closed: normal");
  }

  @Test
  void saysWhenEventsMayBeLate() throws InterruptedException {
    tail(
        List.of(
            List.of(
                event(1), "{\"op\":\"degraded\",\"since\":1}", "{\"op\":\"restored\"}", event(2))));
    assertThat(out).hasToString(event(1) + "\n" + event(2) + "\n");
    assertThat(err.toString().lines().toList())
        .containsExactly(
            "pushrod: the server cannot reach what stores events; they come later",
            "pushrod: the server stores events again");
  }

  @Test
  void comesBackWithTheLastCursorAndSaysSo() throws InterruptedException {
    tail(List.of(List.of(event(1), event(2)), List.of(event(3)), List.of()));
    assertThat(asked).containsExactly("", "k3-2", "k3-3");
    assertThat(out).hasToString(event(1) + "\n" + event(2) + "\n" + event(3) + "\n");
    assertThat(err.toString().lines().toList())
        .containsExactly(
            "pushrod: connection lost; reading on after k3-2 in 1 ms",
            "pushrod: connection lost; reading on after k3-3 in 1 ms");
  }

  @Test
  void comesBackToWhereItBeganBeforeAnyEvent() throws InterruptedException {
    tail(
        List.of(
            List.of("{\"op\":\"ack\",\"id\":1,\"topic\":\"t\",\"cursor\":\"k3-9\"}"), List.of()));
    assertThat(asked).containsExactly("", "k3-9");
  }

  @Test
  void signalsMoveNoCursorAndGapsDo() throws InterruptedException {
    String signal = "{\"topic\":\"t\",\"type\":\"typing\",\"ts\":0,\"data\":{}}";
    String gap =
        "{\"id\":\"k3-7\",\"topic\":\"t\",\"type\":\"gap\",\"ts\":0,\"data\":{\"reason\":\"trimmed\"}}";
    tail(List.of(List.of(event(3), signal), List.of(gap), List.of()));
    assertThat(asked).containsExactly("", "k3-3", "k3-7");
  }

  @Test
  void waitsAsLongAsTheServerAsks() throws InterruptedException {
    tail(
        List.of(
            List.of(
                event(1),
                "{\"op\":\"close\",\"reason\":\"shutdown\",\"reconnect\":true,\"retry_after_ms\":20}"),
            List.of()));
    assertThat(err.toString())
        .isEqualTo("pushrod: server closed: shutdown; reading on after k3-1 in 20 ms\n");
  }

  @Test
  void waitsLongerEachTimeInVain() throws InterruptedException {
    tail(List.of(List.of(event(1)), List.of(), List.of(), List.of(event(2)), List.of()));
    assertThat(err.toString().lines().map(line -> line.replaceAll(".* in ", "")).toList())
        .containsExactly("1 ms", "2 ms", "4 ms", "1 ms");
  }

  private void fails(Ending ending, @Nullable String firstMessage) {
    Feed feed =
        (after, given) -> {
          if (firstMessage != null) {
            given.onMessage(firstMessage, new Attempt(Long.MAX_VALUE));
          }
          return ending;
        };
    assertThatThrownBy(() -> TailCommand.run(feed, reader, new PrintWriter(err, true), 1))
        .isInstanceOf(CommandFailed.class)
        .hasMessage(ending.reason());
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aServerThatWasNeverReachedIsAFailure() {
    fails(Ending.again("cannot reach http://x"), null);
  }

  @Test
  void doesNotComeBackWhereItIsNotWanted() {
    fails(new Ending("not_found: topic: t", false, 0), event(1));
  }

  @Test
  void understandsWhatEndsAStream() {
    Attempt attempt = new Attempt(Long.MAX_VALUE);
    assertThat(
            reader.onMessage(
                "{\"op\":\"error\",\"id\":1,\"code\":\"not_found\",\"message\":\"no such\","
                    + "\"retryable\":false}",
                attempt))
        .isEqualTo(new Ending("not_found: no such", false, 0));
    assertThat(
            reader.onMessage(
                "{\"op\":\"close\",\"reason\":\"forbidden\",\"reconnect\":false}", attempt))
        .isEqualTo(new Ending("server closed: forbidden", false, 0));
    assertThat(reader.onClose(1006, ""))
        .as("what was said in words counts")
        .isEqualTo(new Ending("server closed: forbidden", false, 0));
    assertThat(reader.onMessage("{\"op\":\"news\"}", attempt)).isNull();
    assertThat(reader.onMessage("oops", attempt))
        .isEqualTo(Ending.forGood("the server sent what is not a JSON object"));
  }

  @Test
  void understandsCloseCodes() {
    assertThat(reader.onClose(4000, ""))
        .isEqualTo(new Ending("server closed: slow_consumer", true, 1_000));
    assertThat(reader.onClose(4500, "").again()).isFalse();
    assertThat(reader.onClose(1000, "").again()).isFalse();
    assertThat(reader.onClose(4321, "new")).isEqualTo(Ending.again("server closed: 4321 new"));
    assertThat(reader.onClose(4999, "").again()).isFalse();
    assertThat(reader.onClose(1006, "").again()).isTrue();
  }

  @Test
  void stopsWhenNobodyReads() {
    PrintWriter broken =
        new PrintWriter(
            new Writer() {
              @Override
              public void write(char[] text, int from, int length) throws IOException {
                throw new IOException("broken pipe");
              }

              @Override
              public void flush() {}

              @Override
              public void close() {}
            });
    TailReader unread = new TailReader(broken, new PrintWriter(err), null, "");
    assertThat(unread.onMessage(event(1), new Attempt(Long.MAX_VALUE)))
        .isEqualTo(Ending.forGood("nobody reads the output"));
    assertThat(unread.cursor()).isEmpty();
  }

  @Test
  void aLongSilenceEndsAnAttempt() throws InterruptedException {
    assertThat(new Attempt(1).await()).isEqualTo(Ending.again("nothing was heard for too long"));
  }

  @Test
  void anEventIsALineForPeople() {
    EventLine line = new EventLine(ZoneOffset.UTC);
    assertThat(
            line.of(
                requireNonNull(
                    FlatJson.parse(
                        "{\"id\":\"k3-7\",\"seq\":7,\"from_seq\":3,\"topic\":\"t\",\"type\":\"token_chunk\","
                            + "\"ts\":1795241760123,\"run_id\":\"r1\",\"node_id\":\"n3\",\"data\":{\"text\":\"a\\nb\"}}"))))
        .isEqualTo("06:16:00.123  #3-7  token_chunk run_id=r1 node_id=n3  {\"text\":\"a\\nb\"}");
    assertThat(
            line.of(
                requireNonNull(FlatJson.parse("{\"topic\":\"t\",\"type\":\"typing\",\"ts\":0}"))))
        .isEqualTo("00:00:00.000  -  typing  {}");
  }

  @Test
  void refusesWhatCannotBeRead() {
    TestCommand command = new TestCommand();
    assertThat(command.run("tail", "--topic", "a b", "--token", "x")).isEqualTo(2);
    assertThat(command.run("tail", "--topic", "a", "--token", "x", "--after", "?")).isEqualTo(2);
    assertThat(command.run("tail", "--topic", "a", "--token", "x", "--url", "ftp://x"))
        .isEqualTo(2);
    assertThat(command.run("tail", "--topic", "a", "--transport", "udp")).isEqualTo(2);
    assertThat(command.err()).hasLineCount(1);
    assertThat(command.run("tail", "--topic", "a", "--token", "", "--data-dir", folder.toString()))
        .isEqualTo(1);
    assertThat(command.err()).hasLineCount(1).startsWith("pushrod: token: not set (expected: ");
  }
}

package io.pushrod.bench.run;

import io.pushrod.bench.Transport;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/// How readers get into a target: what each of them sends, and the sign that it is subscribed. Goes
/// to the readers' process as a file.
///
/// In `path`, `{topics}` stands for the names of the reader's topics, joined by `separator`; in a
/// message, `{topic}` for one of them and `{id}` for its number from 1: such a message is sent once
/// a topic; `{n}` for the reader's number. In a header, `{token}` stands for the reader's token.
///
/// @param messages what is sent over a WebSocket once it is open, one text frame each
/// @param readyMark text in a record that tells that a subscription stands; empty when the answer's
///   head tells it
/// @param readyMarks how many of them make a reader ready
/// @param tokens of which each serves `readersPerToken` readers, around and around
/// @param opensPerSecond at which readers connect; 0 for as fast as it goes
public record Door(
    Transport transport,
    String host,
    int port,
    String path,
    String separator,
    List<String> headers,
    List<String> messages,
    String readyMark,
    int readyMarks,
    List<String> tokens,
    int readersPerToken,
    int opensPerSecond,
    Topics topics,
    Dialect dialect) {

  /// Where an event's JSON says what readers check: its sequence, and the time for which it was
  /// meant, as decimal digits.
  public enum Dialect {
    NATIVE("\"seq\":", "\"at\":\""),
    /// Tokens, with the time at the start of their text.
    DOCKRION("\"sequence\":", "\"content\":\"");

    private final String sequence;
    private final String intended;

    Dialect(String sequence, String intended) {
      this.sequence = sequence;
      this.intended = intended;
    }

    /// What stands before the sequence.
    public String sequence() {
      return sequence;
    }

    /// What stands before the time.
    public String intended() {
      return intended;
    }
  }

  /// Without tokens and pace, as targets of the harness's own are entered.
  public static Door of(
      Transport transport,
      int port,
      String path,
      List<String> messages,
      String readyMark,
      Topics topics) {
    return new Door(
        transport,
        "127.0.0.1",
        port,
        path,
        ",",
        List.of(),
        messages,
        readyMark,
        1,
        List.of(),
        1,
        0,
        topics,
        Dialect.NATIVE);
  }

  public void store(Path file) throws IOException {
    Properties all = new Properties();
    all.setProperty("transport", transport.label());
    all.setProperty("host", host);
    all.setProperty("port", "" + port);
    all.setProperty("path", path);
    all.setProperty("separator", separator);
    store(all, "header", headers);
    store(all, "message", messages);
    all.setProperty("ready_mark", readyMark);
    all.setProperty("ready_marks", "" + readyMarks);
    store(all, "token", tokens);
    all.setProperty("readers_per_token", "" + readersPerToken);
    all.setProperty("opens_per_second", "" + opensPerSecond);
    topics.store(all);
    all.setProperty("dialect", dialect.name());
    try (Writer out = Files.newBufferedWriter(file)) {
      all.store(out, null);
    }
  }

  public static Door load(Path file) {
    Properties all = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      all.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Door(
        Transport.of(all.getProperty("transport")),
        all.getProperty("host"),
        number(all, "port"),
        all.getProperty("path"),
        all.getProperty("separator"),
        list(all, "header"),
        list(all, "message"),
        all.getProperty("ready_mark"),
        number(all, "ready_marks"),
        list(all, "token"),
        number(all, "readers_per_token"),
        number(all, "opens_per_second"),
        Topics.load(all),
        Dialect.valueOf(all.getProperty("dialect")));
  }

  private static void store(Properties to, String name, List<String> values) {
    for (int i = 0; i < values.size(); i++) {
      to.setProperty(name + '.' + i, values.get(i));
    }
  }

  private static List<String> list(Properties from, String name) {
    List<String> values = new ArrayList<>();
    for (String value = from.getProperty(name + ".0");
        value != null;
        value = from.getProperty(name + '.' + values.size())) {
      values.add(value);
    }
    return values;
  }

  private static int number(Properties from, String name) {
    return Integer.parseInt(from.getProperty(name));
  }
}

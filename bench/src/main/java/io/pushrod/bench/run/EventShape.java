package io.pushrod.bench.run;

import io.pushrod.bench.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// How the events of a run look: their JSON has the same size all along, whatever the number of
/// digits in it, and tells when it was meant to be sent. Learned from an event of the server under
/// test, so that the floor sends the like of it.
public final class EventShape {
  private static final Pattern SAMPLE =
      Pattern.compile(
          "\\{\"id\":\"([0-9a-z]+)-([0-9]+)\",\"seq\":([0-9]+),(.*\"data\":\\{\"at\":\")[0-9]{19}(\",\"pad\":\")(\"}})");

  private static final int PROSE_LENGTH = 1 << 16;
  private static final String PROSE = prose();

  private final String epoch;
  private final String middle;
  private final String pad;
  private final String end;
  private final long sampleSequence;
  private final int bytes;
  private final int fixedBytes;

  private EventShape(Matcher sample, int bytes) {
    this.epoch = sample.group(1);
    this.sampleSequence = Long.parseLong(sample.group(3));
    this.middle = sample.group(4);
    this.pad = sample.group(5);
    this.end = sample.group(6);
    this.bytes = bytes;
    this.fixedBytes = sample.group().length() - sample.group(2).length() - sample.group(3).length();
  }

  /// @param sample the JSON of an event that was published with [#sampleData]
  /// @param bytes the size that every event shall have
  public static EventShape of(String sample, int bytes) {
    Matcher matcher = SAMPLE.matcher(sample);
    if (!matcher.matches()) {
      throw new BenchException("event: " + sample + " (expected: " + SAMPLE + ")");
    }
    return new EventShape(matcher, bytes);
  }

  /// The payload of the event to learn from.
  public static byte[] sampleData() {
    return data(0, 0);
  }

  /// The payload that gives the event with `sequence` the wanted size.
  public byte[] data(long sequence, long intendedNanos) {
    return data(intendedNanos, padding(Long.toString(sequence).length()));
  }

  /// Words, others for another time, so that compressing them is worth what it is for prose.
  static String pad(long intendedNanos, int length) {
    int from = (int) Math.floorMod(intendedNanos >> 10, (long) PROSE_LENGTH);
    return PROSE.substring(from, from + Math.min(length, PROSE_LENGTH))
        + "x".repeat(Math.max(0, length - PROSE_LENGTH));
  }

  /// Words of two to nine letters from a vocabulary of 2,000, frequent ones among them, the same in
  /// every run; twice, so that any piece of it is whole.
  private static String prose() {
    Random random = new Random(1);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      StringBuilder word = new StringBuilder();
      for (int letters = 2 + random.nextInt(8); letters > 0; letters--) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      words.add(word.toString());
    }
    StringBuilder prose = new StringBuilder();
    while (prose.length() < PROSE_LENGTH) {
      // Squared: low numbers come more often, as words of a language do.
      double place = random.nextDouble();
      prose.append(words.get((int) (place * place * words.size()))).append(' ');
    }
    String once = prose.substring(0, PROSE_LENGTH);
    return once + once;
  }

  public long sampleSequence() {
    return sampleSequence;
  }

  private int padding(int digits) {
    int padding = bytes - fixedBytes - 2 * digits;
    if (padding < 0) {
      throw new BenchException(
          "bytes: %d (expected: >= %d, what the event takes without padding)"
              .formatted(bytes, bytes - padding));
    }
    return padding;
  }

  private static byte[] data(long intendedNanos, int padding) {
    return "{\"at\":\"%019d\",\"pad\":\"%s\"}"
        .formatted(intendedNanos, pad(intendedNanos, padding))
        .getBytes(StandardCharsets.US_ASCII);
  }

  /// One message of the floor as it goes over the wire, with `@` for digits of the sequence and `#`
  /// for the time.
  ///
  /// @param topics that a reader reads; over SSE the message has a cursor of each
  /// @param events the most of each topic; sequences have the digits for what a reader gets then
  public byte[] floorMessage(Transport transport, Topics topics, long events) {
    int digits = Long.toString(events * topics.perReader() * 10 / 9 + 1).length();
    String own = epoch + '-' + "@".repeat(digits);
    String other = epoch + '-' + "1".repeat(Long.toString(events).length());
    String cursor =
        topics.perReader() == 1
            ? own
            : topics.name(0)
                + '='
                + own
                + topics.namesOf(0).stream()
                    .skip(1)
                    .map(name -> ',' + name + '=' + other)
                    .collect(Collectors.joining());
    String json = json("@".repeat(digits), "#".repeat(19));
    String message =
        switch (transport) {
          case WS -> webSocketHeader(json.length()) + json;
          case SSE -> chunk("id: " + cursor + "\ndata: " + json + "\n\n");
        };
    return message.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// A whole event like the sample, for targets that carry JSON without looking at it.
  public String event(long sequence, long intendedNanos) {
    return json(Long.toString(sequence), "%019d".formatted(intendedNanos));
  }

  private String json(String sequence, String time) {
    return "{\"id\":\""
        + epoch
        + '-'
        + sequence
        + "\",\"seq\":"
        + sequence
        + ','
        + middle
        + time
        + pad
        + pad(0, padding(sequence.length()))
        + end;
  }

  /// RFC 6455 section 5.2: FIN, text, unmasked; a length below 64 KiB.
  private static String webSocketHeader(int length) {
    return length < 126
        ? "\u0081" + (char) length
        : "\u0081" + (char) 126 + (char) (length >> 8) + (char) (length & 0xFF);
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }
}

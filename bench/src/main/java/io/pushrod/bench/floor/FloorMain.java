package io.pushrod.bench.floor;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// The floor as `floor.c` describes it, with the same arguments, commands and answers; one
/// `send(2)` per reader through a downcall.
public final class FloorMain {
  private static final int MOST_READERS = 19_000;
  private static final int MOST_BURST = 64;
  private static final int MOST_PER_SECOND = 100_000;
  private static final int MOST_SECONDS = 3_600;
  private static final int HEAD_BYTES = 8192;
  private static final long SECOND_NANOS = 1_000_000_000;

  private static final String WEBSOCKET_ANSWER =
      String.join(
          "\r\n",
          "HTTP/1.1 101 Switching Protocols",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
          "",
          "\u0081\u000c{\"op\":\"ack\"}");

  private static final String SSE_ANSWER =
      String.join(
          "\r\n",
          "HTTP/1.1 200 OK",
          "Content-Type: text/event-stream",
          "Transfer-Encoding: chunked",
          "",
          "18",
          "data: {\"op\":\"welcome\"}\n\n",
          "");

  private final Message webSocket;
  private final Message sse;
  private final int[] readers;
  private final Message[] messages;
  private long nextSequence;

  private FloorMain(Message webSocket, Message sse, int readers) {
    this.webSocket = webSocket;
    this.sse = sse;
    this.readers = new int[readers];
    this.messages = new Message[readers];
    this.nextSequence = webSocket.firstSequence();
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 4) {
      System.err.println(
          "usage: FloorMain WEBSOCKET_MESSAGE_FILE SSE_MESSAGE_FILE READERS MAX_SECONDS");
      System.exit(2);
    }
    int readers = (int) number("readers", arguments[2], MOST_READERS);
    endAfter((int) number("max seconds", arguments[3], MOST_SECONDS));
    FloorMain floor =
        new FloorMain(
            Message.load(Path.of(arguments[0])), Message.load(Path.of(arguments[1])), readers);
    floor.gatherReaders();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null && !line.equals("quit"); line = in.readLine()) {
      System.out.println(floor.obey(line));
    }
  }

  private static void endAfter(int seconds) {
    Thread.ofPlatform()
        .daemon()
        .name("deadline")
        .start(
            () -> {
              try {
                TimeUnit.SECONDS.sleep(seconds);
              } catch (InterruptedException e) {
                // Ends the sooner.
              }
              Runtime.getRuntime().halt(1);
            });
  }

  private static long number(String name, String text, long most) {
    long value = Long.parseLong(text);
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(name + ": " + text + " (expected: 1 to " + most + ")");
    }
    return value;
  }

  private void gatherReaders() {
    int listener = Libc.listen();
    System.out.println("port=" + Libc.port(listener));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment head = arena.allocate(HEAD_BYTES);
      MemorySegment webSocketAnswer = latin(arena, WEBSOCKET_ANSWER);
      MemorySegment sseAnswer = latin(arena, SSE_ANSWER);
      for (int i = 0; i < readers.length; i++) {
        int fd = Libc.accept(listener);
        boolean isWebSocket = asksForWebSocket(head, Libc.receive(fd, head));
        MemorySegment answer = isWebSocket ? webSocketAnswer : sseAnswer;
        if (!Libc.send(fd, answer, answer.byteSize())) {
          throw new IllegalStateException("greeting: not taken (expected: whole)");
        }
        readers[i] = fd;
        messages[i] = isWebSocket ? webSocket : sse;
        messages[i].readers++;
      }
    }
    System.out.println("ready readers=" + readers.length);
  }

  private static MemorySegment latin(Arena arena, String text) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// A request head fits one read on loopback; whatever follows it is never read.
  private static boolean asksForWebSocket(MemorySegment head, int length) {
    byte[] bytes = head.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .toLowerCase(Locale.ROOT)
        .contains("upgrade: websocket");
  }

  /// `run ROUNDS ROUNDS_PER_SECOND SLICES BURST`
  private String obey(String line) {
    String[] words = line.split(" ", -1);
    if (words.length != 5 || !words[0].equals("run")) {
      throw new IllegalArgumentException("command: " + line + " (expected: run or quit)");
    }
    long perSecond = number("rounds per second", words[2], MOST_PER_SECOND);
    long rounds = number("rounds", words[1], perSecond * MOST_SECONDS);
    int slices = (int) number("slices", words[3], readers.length);
    int burst = (int) number("burst", words[4], MOST_BURST);
    if (rounds % burst != 0) {
      throw new IllegalArgumentException("rounds: " + rounds + " (expected: whole bursts)");
    }
    return run(rounds, perSecond, slices, burst);
  }

  private String run(long rounds, long perSecond, int slices, int burst) {
    long sliceNanos = SECOND_NANOS * burst / (perSecond * slices);
    long pushbacks = 0;
    long late = 0;
    long intended = System.nanoTime();
    for (long done = 0; done < rounds; done += burst, nextSequence += burst) {
      for (int slice = 0; slice < slices; slice++) {
        intended += sliceNanos;
        Libc.sleepUntil(intended);
        late += System.nanoTime() > intended + sliceNanos ? 1 : 0;
        webSocket.writeTime(intended);
        sse.writeTime(intended);
        int from = (int) ((long) slice * readers.length / slices);
        int to = (int) ((slice + 1L) * readers.length / slices);
        for (int i = 0; i < burst; i++) {
          webSocket.writeSequence(nextSequence + i);
          sse.writeSequence(nextSequence + i);
          pushbacks += send(from, to);
        }
      }
    }
    return "ran rounds=%d pushbacks=%d late=%d".formatted(rounds, pushbacks, late);
  }

  /// @return how many did not take their message whole
  private long send(int from, int to) {
    long pushbacks = 0;
    for (int i = from; i < to; i++) {
      pushbacks += messages[i].sendTo(readers[i]) ? 0 : 1;
    }
    return pushbacks;
  }
}

package io.pushrod.server.net.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/// Against the kernel that we run on, where it grants rings: what the sends of a submit do to real
/// sockets.
class LinuxKernelTest {
  private static final int PATTERN_BYTES = 1 << 16;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment pattern = arena.allocate(PATTERN_BYTES);
  private final List<Pair> pairs = new ArrayList<>();
  private final SendRing ring = open();

  /// A socket that the ring writes to, and its peer.
  private static final class Pair implements AutoCloseable {
    final Socket socket;
    final java.net.Socket peer;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    long sent;

    Pair(int bufferBytes) throws IOException {
      try (ServerSocket listener = new ServerSocket()) {
        if (bufferBytes > 0) {
          listener.setOption(StandardSocketOptions.SO_RCVBUF, bufferBytes);
        }
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        socket = Socket.newSocketStream();
        if (bufferBytes > 0) {
          socket.setSendBufferSize(bufferBytes);
        }
        boolean connected = socket.connect(listener.getLocalSocketAddress());
        peer = listener.accept();
        while (!connected) {
          connected = socket.finishConnect();
        }
      }
    }

    /// Reads what is there, up to `limit` bytes.
    void read(int limit) throws IOException {
      InputStream in = peer.getInputStream();
      received.write(in.readNBytes(Math.min(limit, in.available())));
    }

    void readAll() throws IOException {
      received.write(peer.getInputStream().readNBytes((int) (sent - received.size())));
    }

    @Override
    public void close() throws IOException {
      peer.close();
      if (socket.isOpen()) {
        socket.close();
      }
    }
  }

  private static SendRing open() {
    assumeTrue(Epoll.isAvailable());
    try {
      return SendRing.open(LinuxKernel.load());
    } catch (RingException e) {
      throw new TestAbortedException(e.getMessage());
    }
  }

  @BeforeEach
  void fill() {
    for (int i = 0; i < PATTERN_BYTES; i++) {
      pattern.set(ValueLayout.JAVA_BYTE, i, at(i));
    }
  }

  @AfterEach
  void close() throws IOException {
    ring.close();
    for (Pair pair : pairs) {
      pair.close();
    }
    arena.close();
  }

  private static byte at(long position) {
    return (byte) (position * 31 + (position >>> 8));
  }

  private Pair pair(int bufferBytes) throws IOException {
    Pair pair = new Pair(bufferBytes);
    pairs.add(pair);
    return pair;
  }

  private void add(Pair pair, int length) {
    ring.add(pair.socket.intValue(), pattern.address() + pair.sent % (PATTERN_BYTES / 2), length);
  }

  private static byte[] expected(long length) {
    byte[] bytes = new byte[(int) length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = at(i % (PATTERN_BYTES / 2));
    }
    return bytes;
  }

  @Test
  void sendsToManySocketsAtOnce() throws IOException {
    for (int i = 0; i < 200; i++) {
      add(pair(0), 200);
    }
    ring.submit((entry, result) -> assertThat(entry + ":" + result).isNull());
    for (Pair pair : pairs) {
      pair.sent = 200;
      pair.readAll();
      assertThat(pair.received.toByteArray()).isEqualTo(expected(200));
    }
  }

  /// Whatever the kernel says was taken arrives, whatever it does not say was taken too: nothing is
  /// lost, doubled or mixed up, however the peers read.
  @Test
  void tellsToTheByteWhatFullSocketsTook() throws IOException {
    Random random = new Random(20261121);
    for (int i = 0; i < 16; i++) {
      pair(i % 2 == 0 ? 4096 : 16 * 1024);
    }
    int[] lengths = new int[pairs.size()];
    int[] taken = new int[pairs.size()];
    int shorts = 0;
    int fulls = 0;
    for (int round = 0; round < 600; round++) {
      for (int i = 0; i < pairs.size(); i++) {
        lengths[i] = 1 + random.nextInt(PATTERN_BYTES / 2);
        Pair pair = pairs.get(i);
        lengths[i] -=
            (int) Math.max(0, pair.sent % (PATTERN_BYTES / 2) + lengths[i] - PATTERN_BYTES / 2);
        taken[i] = lengths[i];
        add(pair, lengths[i]);
      }
      ring.submit((entry, result) -> taken[entry] = result == -Kernel.EAGAIN ? 0 : result);
      for (int i = 0; i < pairs.size(); i++) {
        assertThat(taken[i]).isBetween(0, lengths[i]);
        shorts += taken[i] > 0 && taken[i] < lengths[i] ? 1 : 0;
        fulls += taken[i] == 0 ? 1 : 0;
        pairs.get(i).sent += taken[i];
        if (random.nextInt(4) == 0) {
          pairs.get(i).read(random.nextInt(20_000));
        }
      }
    }
    assertThat(shorts).isPositive();
    assertThat(fulls).isPositive();
    for (Pair pair : pairs) {
      pair.readAll();
      assertThat(Arrays.equals(pair.received.toByteArray(), expected(pair.sent))).isTrue();
    }
  }

  @Test
  void tellsOfAPeerThatReset() throws IOException {
    Pair gone = pair(0);
    Pair there = pair(0);
    gone.peer.setSoLinger(true, 0);
    gone.peer.close();
    List<Integer> results = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      add(gone, 10);
      add(there, 10);
      ring.submit((entry, result) -> results.add(entry == 0 ? result : 99));
      there.sent += 10;
    }
    assertThat(results).isNotEmpty().allMatch(result -> result == -104 || result == -32);
    there.readAll();
    assertThat(there.received.toByteArray()).isEqualTo(expected(20));
  }

  @Test
  void tellsOfAClosedDescriptor() throws IOException {
    Pair closed = pair(0);
    int descriptor = closed.socket.intValue();
    closed.socket.close();
    List<Integer> results = new ArrayList<>();
    ring.add(descriptor, pattern.address(), 10);
    ring.submit((_, result) -> results.add(result));
    assertThat(results).containsExactly(-9);
  }

  @Test
  void holdsNoSocketOpenAfterASubmit() throws IOException {
    Pair pair = pair(0);
    add(pair, 10);
    ring.submit((_, _) -> {});
    pair.socket.close();
    assertThat(pair.peer.getInputStream().readAllBytes()).hasSize(10);
  }
}

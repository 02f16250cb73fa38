package io.pushrod.bench.floor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The system calls of the floor on 64-bit Linux.
final class Libc {
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int BACKLOG = 4096;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int TIMER_ABSTIME = 1;
  private static final int EINTR = 4;
  private static final long SECOND_NANOS = 1_000_000_000;

  /// Bytes of `struct sockaddr_in`: family, then port and address in network order.
  private static final int ADDRESS_BYTES = 16;

  private static final int PORT_OFFSET = 2;
  private static final int HOST_OFFSET = 4;
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout ADDRESS = ValueLayout.ADDRESS;

  private static final MethodHandle SOCKET = function("socket", INT, INT, INT, INT);
  private static final MethodHandle BIND = function("bind", INT, INT, ADDRESS, INT);
  private static final MethodHandle LISTEN = function("listen", INT, INT, INT);
  private static final MethodHandle NAME = function("getsockname", INT, INT, ADDRESS, ADDRESS);
  private static final MethodHandle ACCEPT = function("accept", INT, INT, ADDRESS, ADDRESS);
  private static final MethodHandle OPTION =
      function("setsockopt", INT, INT, INT, INT, ADDRESS, INT);
  private static final MethodHandle RECEIVE = function("recv", LONG, INT, ADDRESS, LONG, INT);
  private static final MethodHandle SEND = function("send", LONG, INT, ADDRESS, LONG, INT);
  private static final MethodHandle SLEEP =
      function("clock_nanosleep", INT, INT, INT, ADDRESS, ADDRESS);

  private static final MemorySegment TIME = Arena.global().allocate(LONG, 2);

  private Libc() {}

  private static MethodHandle function(String name, ValueLayout result, ValueLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /// @return a socket that listens on a free port of the loopback address
  static int listen() {
    try (Arena arena = Arena.ofConfined()) {
      int fd = (int) SOCKET.invokeExact(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      MemorySegment address = arena.allocate(ADDRESS_BYTES, Long.BYTES);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
      MemorySegment.copy(LOOPBACK, 0, address, ValueLayout.JAVA_BYTE, HOST_OFFSET, LOOPBACK.length);
      check("bind", (int) BIND.invokeExact(fd, address, ADDRESS_BYTES));
      check("listen", (int) LISTEN.invokeExact(fd, BACKLOG));
      return fd;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static int port(int listener) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_BYTES, Long.BYTES);
      MemorySegment size = arena.allocateFrom(INT, ADDRESS_BYTES);
      check("getsockname", (int) NAME.invokeExact(listener, address, size));
      int high = Byte.toUnsignedInt(address.get(ValueLayout.JAVA_BYTE, PORT_OFFSET));
      return high << 8 | Byte.toUnsignedInt(address.get(ValueLayout.JAVA_BYTE, PORT_OFFSET + 1));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /// Waits for the next connection; it does not delay small writes (`TCP_NODELAY`).
  static int accept(int listener) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = (int) ACCEPT.invokeExact(listener, MemorySegment.NULL, MemorySegment.NULL);
      check("accept", fd);
      MemorySegment on = arena.allocateFrom(INT, 1);
      check(
          "TCP_NODELAY", (int) OPTION.invokeExact(fd, IPPROTO_TCP, TCP_NODELAY, on, Integer.BYTES));
      return fd;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /// Waits for bytes.
  ///
  /// @return how many; 0 at the end
  static int receive(int fd, MemorySegment into) {
    try {
      long got = (long) RECEIVE.invokeExact(fd, into, into.byteSize(), 0);
      return check("recv", (int) got);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /// @return whether the kernel took all of it, without waiting
  static boolean send(int fd, MemorySegment bytes, long size) {
    try {
      return (long) SEND.invokeExact(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) == size;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /// Sleeps until [System#nanoTime], which is `CLOCK_MONOTONIC` on Linux, is `nanos`.
  static void sleepUntil(long nanos) {
    TIME.setAtIndex(LONG, 0, nanos / SECOND_NANOS);
    TIME.setAtIndex(LONG, 1, nanos % SECOND_NANOS);
    try {
      int result = EINTR;
      while (result == EINTR) {
        result = (int) SLEEP.invokeExact(CLOCK_MONOTONIC, TIMER_ABSTIME, TIME, MemorySegment.NULL);
      }
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static int check(String call, int result) {
    if (result < 0) {
      throw new IllegalStateException(call + ": " + result + " (expected: 0 or more)");
    }
    return result;
  }

  private static RuntimeException failed(Throwable failure) {
    return failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
  }
}

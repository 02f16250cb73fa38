package io.pushrod.bench.report;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.OptionalInt;

/// Whether stderr is a terminal, and how wide.
///
/// `System.console()` tells of stdin and stdout, which may be a terminal when stderr is a file.
final class Terminal {
  private static final int STDERR = 2;

  /// Of Linux (ioctl_tty(2)); on success `struct winsize` holds rows and columns.
  private static final long TIOCGWINSZ = 0x5413;

  private static final int WINSIZE_SHORTS = 4;
  private static final int COLUMNS = 1;

  private Terminal() {}

  /// Columns of stderr; 0 where the terminal does not know; none where it is no terminal, or one
  /// that cannot redraw a line.
  static OptionalInt columns() {
    String kind = System.getenv("TERM");
    if (kind == null || kind.equals("dumb") || !System.getProperty("os.name").equals("Linux")) {
      return OptionalInt.empty();
    }
    Linker linker = Linker.nativeLinker();
    MethodHandle ioctl =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("ioctl"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_SHORT, WINSIZE_SHORTS);
      return (int) ioctl.invokeExact(STDERR, TIOCGWINSZ, size) == 0
          ? OptionalInt.of(Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, COLUMNS)))
          : OptionalInt.empty();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

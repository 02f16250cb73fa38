package io.pushrod.server.net.ring;

import java.lang.foreign.MemorySegment;

/// The system calls that a ring is made of. Each answers as the kernel does: a negative number is
/// an errno.
///
/// **Thread:** one at a time.
public interface Kernel {
  /// `EINTR`: a signal came first.
  int EINTR = 4;

  /// `EAGAIN`: not now.
  int EAGAIN = 11;

  /// `EBUSY`: not before completions were taken.
  int EBUSY = 16;

  /// `io_uring_setup(2)`.
  ///
  /// @param params a `struct io_uring_params`, which the kernel completes
  /// @return the ring's descriptor
  int setup(int entries, MemorySegment params);

  /// `io_uring_enter(2)`, waiting for nothing.
  ///
  /// @return how many entries the kernel took
  int enter(int ring, int toSubmit);

  /// `io_uring_register(2)` with `IORING_REGISTER_PROBE`.
  ///
  /// @param probe a `struct io_uring_probe` with room for `operations`
  int probe(int ring, MemorySegment probe, int operations);

  /// `mmap(2)` of a part of the ring, shared with the kernel and in memory from the start.
  ///
  /// @return its address
  long map(int ring, long offset, long bytes);

  /// `munmap(2)`.
  void unmap(long address, long bytes);

  /// `close(2)`.
  void close(int ring);
}

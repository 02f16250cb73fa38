package io.pushrod.server.asset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// An asset on its way out, a piece at a time: the next one is read when the last one was taken.
///
/// **Thread:** its loop.
public final class Download implements AutoCloseable {
  private static final int PIECE_BYTES = 64 * 1024;

  private final AssetWork work;
  private final AssetPath path;
  private final StoredAsset stored;
  private final Executor loop;
  private long position;
  private long end;
  private Runnable onReady = () -> {};
  private @Nullable ByteBuffer piece;
  private boolean failed;
  private boolean reading;
  private boolean closed;

  Download(AssetWork work, AssetPath path, StoredAsset stored, Executor loop) {
    this.work = work;
    this.path = path;
    this.stored = stored;
    this.loop = loop;
  }

  public AssetPath path() {
    return path;
  }

  public AssetMeta meta() {
    return stored.meta();
  }

  /// Begins to read.
  ///
  /// @param from position of the first byte
  /// @param length of what is wanted, at least 1
  /// @param onReady hears of every piece, and of a failure
  public void begin(long from, long length, Runnable onReady) {
    this.position = from;
    this.end = from + length;
    this.onReady = onReady;
    read();
  }

  /// Whether there is a piece to take, or the failure to read one to hear of.
  public boolean isReady() {
    return piece != null || failed;
  }

  /// Whether all pieces have been taken.
  public boolean isOver() {
    return piece == null && position == end;
  }

  /// The next piece; the one after it is read meanwhile.
  ///
  /// @throws IllegalStateException if it could not be read, or is not there yet
  public ByteBuffer take() {
    ByteBuffer taken = piece;
    if (taken == null) {
      throw new IllegalStateException("asset: not read (expected: a store that works)");
    }
    piece = null;
    if (position < end) {
      read();
    }
    return taken;
  }

  private void read() {
    reading = true;
    long from = position;
    ByteBuffer into = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, end - from));
    try {
      work.execute(() -> read(into, from));
    } catch (RejectedExecutionException e) {
      onRead(null);
    }
  }

  private void read(ByteBuffer into, long from) {
    ByteBuffer done = null;
    try {
      while (into.hasRemaining()) {
        var _ = stored.read(into, from + into.position(), end);
      }
      done = into.flip();
    } catch (IOException | RuntimeException e) {
      // Told by a null, as there may be nobody to tell.
    }
    ByteBuffer whole = done;
    if (!Assets.tell(loop, () -> onRead(whole))) {
      stored.close();
    }
  }

  private void onRead(@Nullable ByteBuffer whole) {
    reading = false;
    if (closed) {
      release();
      return;
    }
    failed = whole == null;
    if (whole != null) {
      position += whole.remaining();
      piece = whole;
    }
    onReady.run();
  }

  /// Whoever has it closes it, once or more often.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      piece = null;
      if (!reading) {
        release();
      }
    }
  }

  private void release() {
    work.leave(path.tenant());
    try {
      work.execute(stored::close);
    } catch (RejectedExecutionException e) {
      stored.close();
    }
  }
}

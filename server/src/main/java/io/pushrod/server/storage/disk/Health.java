package io.pushrod.server.storage.disk;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Whether the disk takes more.
///
/// **Thread:** the one that writes; [#obstacle] any.
final class Health {
  private final Space space;
  private final long reserveBytes;
  private volatile @Nullable String failure;
  private volatile @Nullable String shortage;

  Health(Space space, long reserveBytes) {
    this.space = space;
    this.reserveBytes = reserveBytes;
  }

  /// Why nothing can be stored now; null while it can.
  @Nullable String obstacle() {
    String failed = failure;
    return failed == null ? shortage : failed;
  }

  /// Looks how much space there is. What has been short recovers with an eighth more.
  ///
  /// @return whether that changed what [#obstacle] says
  boolean look() {
    String before = shortage;
    try {
      long usable = space.usableBytes();
      long wanted = before == null ? reserveBytes : reserveBytes + reserveBytes / 8;
      shortage =
          usable >= wanted
              ? null
              : "disk: %,d bytes left (expected: storage.disk.reserve, %,d)"
                  .formatted(usable, reserveBytes);
    } catch (IOException e) {
      shortage = "disk: its space is not known: " + e.getMessage();
    }
    return (before == null) != (shortage == null);
  }

  /// Whether there is too little to write anything.
  boolean isShort() {
    return shortage != null;
  }

  /// @return whether it is the first failure since a success
  boolean failed(String message) {
    boolean first = failure == null;
    failure = "disk: " + message;
    return first;
  }

  /// @return whether there was a failure before
  boolean succeeded() {
    boolean before = failure != null;
    failure = null;
    return before;
  }
}

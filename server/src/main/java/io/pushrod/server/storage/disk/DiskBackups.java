package io.pushrod.server.storage.disk;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.storage.Backups;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Backups of a store, each a folder that a server can be started with.
///
/// **Thread:** any; one backup at a time, on a thread of its own.
public final class DiskBackups implements Backups {
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final DiskStore store;
  private final Path folder;
  private final LongSupplier millis;
  private final AtomicBoolean busy = new AtomicBoolean();

  /// @param folder that they are in; files are shared with the store where it is on the same disk
  /// @param millis the time, since 1970
  public DiskBackups(DiskStore store, Path folder, LongSupplier millis) {
    this.store = store;
    this.folder = folder;
    this.millis = millis;
  }

  @Override
  public CompletionStage<Backup> make(@Nullable String name) {
    String wanted = name == null ? NAME.format(Instant.ofEpochMilli(millis.getAsLong())) : name;
    if (!wanted.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")) {
      return refused(
          ErrorCode.BAD_REQUEST,
          "name: not one (expected: 1-64 of A-Z a-z 0-9 . _ -, and no dot first)");
    }
    if (!busy.compareAndSet(false, true)) {
      return refused(ErrorCode.OVERLOADED, "backup: one is being made (expected: none)");
    }
    return CompletableFuture.supplyAsync(
            () -> copy(folder.resolve(wanted)),
            task -> {
              var _ = Thread.ofPlatform().name("disk-backup").daemon(true).start(task);
            })
        .whenComplete((_, _) -> busy.set(false));
  }

  private static CompletionStage<Backup> refused(ErrorCode code, String why) {
    return CompletableFuture.failedFuture(new RequestException(code, why));
  }

  private Backup copy(Path target) {
    if (Files.exists(target)) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "name: " + target + " is there (expected: another)");
    }
    try {
      return store.backUp(target, System.nanoTime());
    } catch (DiskException e) {
      throw new RequestException(ErrorCode.UNAVAILABLE, String.valueOf(e.getMessage()));
    }
  }
}

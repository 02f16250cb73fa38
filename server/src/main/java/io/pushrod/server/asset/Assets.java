package io.pushrod.server.asset;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All assets of a server: puts them, finds them, and holds their bounds.
///
/// **Thread:** any. Callbacks run where the caller says, and no method waits for a disk.
public final class Assets implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Assets.class);
  private static final int ID_BYTES = 16;

  private final AssetSettings settings;
  private final AssetStore store;
  private final AssetWork work;
  private final LongSupplier clockMillis;
  private final Path spool;
  private final SecureRandom random = new SecureRandom();

  /// By tenant's folder; made by whoever puts or removes first.
  private final ConcurrentHashMap<String, TenantUsage> usages = new ConcurrentHashMap<>();

  /// Removes what uploads left behind that a crash cut.
  ///
  /// @param store becomes ours
  /// @param metrics nobody else's
  /// @throws UncheckedIOException if the spool cannot be emptied
  public Assets(
      AssetSettings settings, AssetStore store, ShardMetrics metrics, LongSupplier clockMillis) {
    this.settings = settings;
    this.store = store;
    this.work = new AssetWork(settings, metrics);
    this.clockMillis = clockMillis;
    this.spool = settings.folder().resolve(".uploads");
    sweep();
  }

  /// A store in the settings' folder.
  public static AssetStore localStore(AssetSettings settings) {
    return new LocalStore(settings.folder());
  }

  private void sweep() {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(spool)) {
      for (Path file : left) {
        var _ = Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // There has been no upload yet.
    } catch (IOException e) {
      throw new UncheckedIOException("assets: " + spool + " (expected: a folder of ours)", e);
    }
  }

  public AssetSettings settings() {
    return settings;
  }

  /// Uploads, downloads and removals under way.
  public int transfers() {
    return work.taken();
  }

  /// Begins an upload of one or more files.
  ///
  /// @param loop where its methods and its listener are called, one at a time
  /// @throws RequestException `RATE_LIMITED` if the tenant has too many under way, `OVERLOADED` if
  ///   all together have
  public Upload upload(String tenant, Executor loop, Upload.Listener listener) {
    work.enter(tenant);
    return new Upload(this, tenant, loop, listener);
  }

  /// Finds an asset to read.
  ///
  /// @param found gets it, or null if there is none, on `loop`; whoever gets it closes it
  /// @param failed gets what else went wrong, on `loop`
  /// @throws RequestException as [#upload]
  public void open(
      AssetPath path,
      Executor loop,
      Consumer<@Nullable Download> found,
      Consumer<RequestException> failed) {
    work.enter(path.tenant());
    ask(
        () -> {
          StoredAsset stored = store.open(path);
          if (stored == null) {
            work.leave(path.tenant());
            return null;
          }
          return new Download(work, path, stored, loop);
        },
        loop,
        found,
        why -> {
          work.leave(path.tenant());
          failed.accept(why);
        },
        lost -> {
          if (lost != null) {
            lost.close();
          }
        });
  }

  /// Removes an asset.
  ///
  /// @param done hears that it is gone
  /// @throws RequestException as [#upload]
  public void delete(
      AssetPath path, Executor loop, Runnable done, Consumer<RequestException> failed) {
    work.enter(path.tenant());
    ask(
        () -> {
          try {
            remove(path);
          } finally {
            work.leave(path.tenant());
          }
          return null;
        },
        loop,
        _ -> done.run(),
        failed,
        _ -> {});
  }

  private interface Task<T> {
    @Nullable T run() throws IOException;
  }

  private <T> void ask(
      Task<T> task,
      Executor loop,
      Consumer<@Nullable T> done,
      Consumer<RequestException> failed,
      Consumer<@Nullable T> lost) {
    work.execute(
        () -> {
          T answer;
          try {
            answer = task.run();
          } catch (RequestException e) {
            tell(loop, () -> failed.accept(e));
            return;
          } catch (IOException | RuntimeException e) {
            RequestException why = broken(e);
            tell(loop, () -> failed.accept(why));
            return;
          }
          if (!tell(loop, () -> done.accept(answer))) {
            lost.accept(answer);
          }
        });
  }

  /// @return false when the loop has ended
  static boolean tell(Executor loop, Runnable what) {
    try {
      loop.execute(what);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /// What to answer when a store does not work: the cause is for the operator only.
  RequestException broken(Exception cause) {
    work.count(Counter.ASSET_STORE_FAILED);
    log.error("assets: the store failed", cause);
    return new RequestException(
        ErrorCode.UNAVAILABLE, "assets: store does not work (expected: again later)");
  }

  // For those who work on a thread of ours.

  AssetWork work() {
    return work;
  }

  SpoolFile spoolFile() throws IOException {
    Files.createDirectories(spool);
    return SpoolFile.create(spool.resolve(newId()));
  }

  TenantUsage usage(String tenant) throws IOException {
    try {
      return usages.computeIfAbsent(
          AssetPath.folder(tenant),
          folder -> {
            try {
              return new TenantUsage(settings, store.usage(folder));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// @return whether another one was there
  boolean put(AssetPath path, AssetMeta meta, SpoolFile file) throws IOException {
    AssetMeta before = store.put(path, meta, file.path());
    file.delete();
    work.count(Counter.ASSETS_STORED);
    if (before != null) {
      usage(path.tenant()).remove(1, before.size());
    }
    return before != null;
  }

  void remove(AssetPath path) throws IOException {
    TenantUsage usage = usage(path.tenant());
    AssetMeta was = store.delete(path);
    if (was != null) {
      work.count(Counter.ASSETS_REMOVED);
      usage.remove(1, was.size());
    }
  }

  long nowMillis() {
    return clockMillis.getAsLong();
  }

  /// 32 hex digits that nobody guesses.
  String newId() {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  @Override
  public void close() {
    work.close();
    store.close();
  }
}

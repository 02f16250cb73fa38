package io.pushrod.server.asset;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// The files of one request on their way in: all are kept, or none.
///
/// For each file [#begin], any number of [#write] and [#end]; then [#commit], or [#abort] at any
/// time. While it [is busy][#isBusy] the caller should bring nothing more, as what it brings waits
/// in memory; [Listener#onReady] says when it may.
///
/// **Thread:** its loop.
public final class Upload {
  /// Hears how it goes. **Thread:** the upload's loop.
  public interface Listener {
    /// Everything that was brought is on its way to the disk.
    void onReady();

    /// After [Upload#commit]: these are there now, in the order in which they came.
    void onKept(List<KeptAsset> assets);

    /// Nothing is kept, and nothing more is called.
    void onFailed(RequestException why);
  }

  /*
   * What blocks is a step, and steps run on the threads for it, one at a time and in order: so
   * their part of the state (files, kept, usage) needs no lock, as each hand-over orders what
   * was done before it.
   */
  private interface Step {
    void run() throws IOException;
  }

  private static final int WRITE_BYTES = 128 * 1024;
  private static final int FIRST_BYTES = 8 * 1024;
  private static final int MAX_NAME_LENGTH = 255;

  private final Assets assets;
  private final String tenant;
  private final Executor loop;
  private final Listener listener;
  private final Queue<Step> steps = new ArrayDeque<>();
  private boolean running;
  private boolean over;
  private ByteBuf gathered = Unpooled.EMPTY_BUFFER;
  private int begun;
  private long fileBytes;

  // Of the steps.
  private final List<Incoming> files = new ArrayList<>();
  private final List<KeptAsset> kept = new ArrayList<>();
  private long reservedAssets;
  private long reservedBytes;
  private boolean committed;

  private static final class Incoming {
    private final AssetDraft draft;
    private final SpoolFile file;
    private final String mime;
    private @Nullable String preview;

    Incoming(AssetDraft draft, SpoolFile file, String mime) {
      this.draft = draft;
      this.file = file;
      this.mime = mime;
    }
  }

  Upload(Assets assets, String tenant, Executor loop, Listener listener) {
    this.assets = assets;
    this.tenant = tenant;
    this.loop = loop;
    this.listener = listener;
  }

  /// The next file begins.
  ///
  /// @throws RequestException `UNSUPPORTED_TYPE` for one that is not taken, `TOO_LARGE` for one too
  ///   many
  public void begin(AssetDraft draft) {
    AssetSettings settings = assets.settings();
    String mime = AssetTypes.of(draft.contentType(), draft.name());
    if (!AssetTypes.isAllowed(mime, settings.types())) {
      assets.work().count(Counter.LIMIT_ASSET_TYPES);
      throw new RequestException(
          ErrorCode.UNSUPPORTED_TYPE,
          "type: " + mime + " (expected: one of " + settings.types() + ")");
    }
    begun++;
    if (begun > settings.filesPerUpload()) {
      assets.work().count(Counter.LIMIT_ASSET_FILES);
      throw new RequestException(
          ErrorCode.TOO_LARGE, "files: too many (expected: <= " + settings.filesPerUpload() + ")");
    }
    fileBytes = 0;
    add(
        () -> {
          assets.usage(tenant).addAsset();
          reservedAssets++;
          files.add(new Incoming(draft, assets.spoolFile(), mime));
        });
  }

  /// More of that file.
  ///
  /// @param piece borrowed
  /// @throws RequestException `TOO_LARGE` if the file becomes too long
  public void write(ByteBuf piece) {
    int length = piece.readableBytes();
    fileBytes += length;
    long limit = assets.settings().bytes();
    if (fileBytes > limit) {
      assets.work().count(Counter.LIMIT_ASSET_BYTES);
      throw new RequestException(
          ErrorCode.TOO_LARGE, "file: too large (expected: <= " + limit + " bytes)");
    }
    if (gathered.writerIndex() == 0) {
      gathered = Unpooled.buffer(Math.max(length, FIRST_BYTES));
    }
    gathered.writeBytes(piece, piece.readerIndex(), length);
    if (gathered.readableBytes() >= WRITE_BYTES) {
      flush();
    }
  }

  private void flush() {
    ByteBuf bytes = gathered;
    gathered = Unpooled.EMPTY_BUFFER;
    int length = bytes.readableBytes();
    if (length > 0) {
      add(
          () -> {
            assets.usage(tenant).addBytes(length);
            reservedBytes += length;
            files.getLast().file.write(bytes.nioBuffer());
          });
    }
  }

  /// That file is whole.
  public void end() {
    flush();
    add(
        () -> {
          Incoming last = files.getLast();
          last.preview = last.file.seal(AssetTypes.isText(last.mime));
        });
  }

  /// All files are whole: keeps them.
  public void commit() {
    add(
        () -> {
          for (Incoming each : files) {
            kept.add(keep(each));
          }
          committed = true;
        });
  }

  private KeptAsset keep(Incoming of) throws IOException {
    AssetDraft draft = of.draft;
    AssetPath path =
        draft.dataset() != null
            ? draft.dataset()
            : AssetPath.media(tenant, assets.newId(), AssetName.safe(draft.name()));
    String name = draft.name();
    AssetMeta meta =
        new AssetMeta(
            tenant,
            name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH),
            draft.user(),
            draft.run(),
            draft.thread(),
            of.mime,
            of.file.size(),
            of.file.sha256(),
            assets.nowMillis());
    return new KeptAsset(path, meta, of.preview, assets.put(path, meta, of.file));
  }

  /// Whether it works on what was brought.
  public boolean isBusy() {
    return running;
  }

  /// Keeps nothing, unless all was kept already; the listener hears nothing more.
  public void abort() {
    if (!over) {
      over = true;
      assets.work().count(Counter.ASSET_UPLOADS_CUT);
      steps.clear();
      if (!running) {
        cleanUp();
      }
    }
  }

  private void add(Step step) {
    if (!over) {
      steps.add(step);
      if (!running) {
        next();
      }
    }
  }

  private void next() {
    Step step = steps.remove();
    running = true;
    try {
      assets.work().execute(() -> perform(step));
    } catch (RejectedExecutionException e) {
      performed(
          new RequestException(
              ErrorCode.UNAVAILABLE, "assets: server is shutting down (expected: another server)"));
    }
  }

  private void perform(Step step) {
    RequestException failure = null;
    try {
      step.run();
    } catch (RequestException e) {
      failure = e;
    } catch (IOException | RuntimeException e) {
      failure = assets.broken(e);
    }
    RequestException why = failure;
    if (!Assets.tell(loop, () -> performed(why))) {
      discard();
    }
  }

  private void performed(@Nullable RequestException failure) {
    running = false;
    if (over) {
      cleanUp();
    } else if (failure != null) {
      if (failure.code() == ErrorCode.ASSET_QUOTA) {
        assets.work().count(Counter.QUOTA_ASSETS);
      }
      over = true;
      steps.clear();
      cleanUp();
      listener.onFailed(failure);
    } else if (committed) {
      over = true;
      assets.work().leave(tenant);
      listener.onKept(List.copyOf(kept));
    } else if (steps.isEmpty()) {
      listener.onReady();
    } else {
      next();
    }
  }

  private void cleanUp() {
    try {
      assets.work().execute(this::discard);
    } catch (RejectedExecutionException e) {
      // The next start removes what is left.
      assets.work().leave(tenant);
    }
  }

  private void discard() {
    try {
      for (Incoming each : files) {
        each.file.delete();
      }
      for (KeptAsset each : kept) {
        assets.remove(each.path());
        reservedAssets--;
        reservedBytes -= each.meta().size();
      }
      if (reservedAssets > 0) {
        assets.usage(tenant).remove(reservedAssets, reservedBytes);
      }
    } catch (IOException | RuntimeException e) {
      var _ = assets.broken(e);
    } finally {
      assets.work().leave(tenant);
    }
  }
}

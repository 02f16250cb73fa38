package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.asset.AssetDraft;
import io.pushrod.server.asset.AssetTypes;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.asset.KeptAsset;
import io.pushrod.server.asset.Upload;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The files of one message on their way to the store: all are kept, or none.
///
/// **Thread:** its shard.
final class Attachments implements Upload.Listener {
  /// Hears how it goes.
  interface Listener {
    /// More may be brought.
    default void onReady() {}

    void onKept(List<KeptAsset> assets);

    /// Nothing is kept.
    void onFailed(RequestException why);
  }

  private static final String TOO_LARGE = "message exceeds total size limit";
  private static final String REJECTED = "Attachment rejected; message not processed.";

  private final Assets assets;
  private final KdcubeSettings settings;
  private final UserSession session;
  private final Shard shard;
  private final Listener listener;
  private @Nullable Upload upload;
  private long total;
  private long ofFile;
  private long mostOfFile;

  Attachments(
      Assets assets, KdcubeSettings settings, UserSession session, Shard shard, Listener listener) {
    this.assets = assets;
    this.settings = settings;
    this.session = session;
    this.shard = shard;
    this.listener = listener;
  }

  boolean isEmpty() {
    return upload == null;
  }

  boolean isBusy() {
    return upload != null && upload.isBusy();
  }

  /// Counts what the message has besides files.
  ///
  /// @throws RequestException `TOO_LARGE`
  void count(long bytes) {
    total += bytes;
    if (total > settings.messageBytes()) {
      throw tooLarge();
    }
  }

  private RequestException tooLarge() {
    shard.metrics().count(Counter.LIMIT_MESSAGE_BYTES);
    return new RequestException(ErrorCode.TOO_LARGE, TOO_LARGE);
  }

  /// A file begins.
  ///
  /// @param conversationId empty when nobody knows it yet
  /// @throws RequestException when no more are taken, or none of its type
  void begin(String filename, @Nullable String contentType, String conversationId) {
    Upload to = upload;
    if (to == null) {
      to = assets.upload(session.tenant(), shard.loop(), this);
      upload = to;
    }
    String mime = AssetTypes.of(contentType, filename);
    ofFile = 0;
    mostOfFile =
        mime.startsWith("image/")
            ? settings.imageBytes()
            : mime.equals("application/pdf") ? settings.documentBytes() : settings.messageBytes();
    try {
      to.begin(
          new AssetDraft(
              filename.isEmpty() ? "file" : filename,
              contentType,
              session.user(),
              "",
              conversationId,
              null));
    } catch (RequestException e) {
      throw new RequestException(ErrorCode.BAD_REQUEST, REJECTED);
    }
  }

  /// @param piece borrowed
  /// @throws RequestException `TOO_LARGE`
  void write(ByteBuf piece) {
    int length = piece.readableBytes();
    ofFile += length;
    if (ofFile > mostOfFile) {
      throw tooLarge();
    }
    count(length);
    if (upload != null) {
      upload.write(piece);
    }
  }

  /// The file is whole.
  ///
  /// @throws RequestException for an empty one
  void end() {
    if (ofFile == 0) {
      throw new RequestException(ErrorCode.BAD_REQUEST, REJECTED);
    }
    if (upload != null) {
      upload.end();
    }
  }

  void commit() {
    if (upload == null) {
      listener.onKept(List.of());
    } else {
      upload.commit();
    }
  }

  void abort() {
    if (upload != null) {
      upload.abort();
    }
  }

  /// Takes back what was kept, as nobody gets the message.
  void discard(List<KeptAsset> kept) {
    for (KeptAsset each : kept) {
      try {
        assets.delete(each.path(), shard.loop(), () -> {}, _ -> {});
      } catch (RequestException e) {
        // The store is too busy: it stays, within the tenant's quota.
      }
    }
  }

  @Override
  public void onReady() {
    listener.onReady();
  }

  @Override
  public void onKept(List<KeptAsset> kept) {
    listener.onKept(kept);
  }

  @Override
  public void onFailed(RequestException why) {
    listener.onFailed(
        why.code().retryable() ? why : new RequestException(ErrorCode.BAD_REQUEST, REJECTED));
  }

  /// What a worker is told: references, and what the client said about each.
  ///
  /// @param about by name where names are there, else in order
  static String json(List<KeptAsset> kept, List<Submission.Attachment> about, boolean byName) {
    ByteBuf out = Unpooled.buffer(256);
    out.writeByte('[');
    for (int i = 0; i < kept.size(); i++) {
      if (i > 0) {
        out.writeByte(',');
      }
      KeptAsset each = kept.get(i);
      new JsonObjectWriter(out)
          .text("filename", each.meta().name())
          .text("mime", each.meta().mime())
          .number("size", each.meta().size())
          .text("sha256", each.meta().sha256())
          .text("asset_id", each.path().id())
          .text("hosted_uri", each.path().url())
          .text("key", each.path().path())
          .text("role", "user")
          .text("origin", "user")
          .raw("meta", meta(each, i, about, byName))
          .end();
    }
    return out.writeByte(']').toString(UTF_8);
  }

  private static String meta(
      KeptAsset asset, int index, List<Submission.Attachment> about, boolean byName) {
    if (!byName) {
      return index < about.size() ? about.get(index).json() : "{}";
    }
    return about.stream()
        .filter(each -> asset.meta().name().equals(each.filename()))
        .map(Submission.Attachment::json)
        .findFirst()
        .orElse("{}");
  }
}

package io.pushrod.server.surface.asset;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.multipart.MultipartLimits;
import io.pushrod.codec.multipart.MultipartListener;
import io.pushrod.codec.multipart.MultipartReader;
import io.pushrod.server.asset.AssetDraft;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.asset.KeptAsset;
import io.pushrod.server.asset.Upload;
import io.pushrod.server.http.BodySink;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.metrics.Counter;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The body of a request on its way to the store: one file, or a form with some.
///
/// **Thread:** the channel's event loop.
final class UploadSink implements BodySink, Upload.Listener {
  private static final int FORM_HEADER_BYTES = 8 * 1024;
  private static final int FORM_NAME_BYTES = 255;
  private static final int FORM_FIELD_BYTES = 64 * 1024;
  private static final int FORM_FIELDS = 16;

  /// What a form may be longer than its files.
  static final int FORM_BYTES = 1024 * 1024;

  private final Exchange exchange;
  private final AssetDraft draft;
  private final Consumer<List<KeptAsset>> kept;
  private final Upload upload;
  private final @Nullable MultipartReader form;
  private boolean waiting;
  private boolean inFile;
  private int files;

  /// @param draft of the file, or of each file of a form, which has its own name and type
  /// @param boundary of a form; null for a body that is the file
  /// @throws RequestException if there are too many uploads, or this file is none that is taken
  UploadSink(
      Exchange exchange,
      Assets assets,
      String tenant,
      AssetDraft draft,
      @Nullable String boundary,
      Consumer<List<KeptAsset>> kept) {
    this.exchange = exchange;
    this.draft = draft;
    this.kept = kept;
    this.upload = assets.upload(tenant, exchange.channel().eventLoop(), this);
    this.form =
        boundary == null
            ? null
            : new MultipartReader(
                boundary,
                new MultipartLimits(
                    FORM_FIELDS + assets.settings().filesPerUpload(),
                    FORM_HEADER_BYTES,
                    FORM_NAME_BYTES,
                    FORM_FIELD_BYTES,
                    assets.settings().bytes() + 1),
                new Form());
    if (form == null) {
      try {
        begin(draft);
      } catch (RequestException e) {
        upload.abort();
        throw e;
      }
    }
  }

  private void begin(AssetDraft file) {
    files++;
    upload.begin(file);
  }

  @Override
  public boolean onPiece(ByteBuf piece) {
    if (form == null) {
      upload.write(piece);
    } else {
      read(form, piece);
    }
    waiting = upload.isBusy();
    return !waiting;
  }

  private void read(MultipartReader reader, ByteBuf piece) {
    inFile = false;
    try {
      reader.read(piece.slice());
    } catch (RequestException e) {
      if (e.code() == ErrorCode.TOO_LARGE && !inFile) {
        exchange.metrics().count(Counter.LIMIT_ASSET_FORMS);
      }
      throw e;
    }
  }

  @Override
  public void onEnd() {
    if (form == null) {
      upload.end();
    } else {
      form.end();
    }
    if (files == 0) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "form: without a file (expected: one named files)");
    }
    upload.commit();
  }

  @Override
  public void onAbort() {
    upload.abort();
  }

  @Override
  public void onReady() {
    if (waiting) {
      waiting = false;
      exchange.resumeBody();
    }
  }

  @Override
  public void onKept(List<KeptAsset> assets) {
    kept.accept(assets);
  }

  @Override
  public void onFailed(RequestException why) {
    exchange.respondError(why);
  }

  /// The files of a form; its fields say nothing that we want to know.
  private final class Form implements MultipartListener {
    @Override
    public void onField(String name, String value) {}

    @Override
    public void onFile(String name, String filename, String contentType) {
      inFile = true;
      begin(
          new AssetDraft(
              filename, contentType, draft.user(), draft.run(), draft.thread(), draft.dataset()));
      inFile = false;
    }

    @Override
    public void onPiece(ByteBuf piece) {
      inFile = true;
      upload.write(piece);
      inFile = false;
    }

    @Override
    public void onFileEnd() {
      upload.end();
    }
  }
}

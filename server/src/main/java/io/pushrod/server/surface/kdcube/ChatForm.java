package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.multipart.MultipartLimits;
import io.pushrod.codec.multipart.MultipartListener;
import io.pushrod.codec.multipart.MultipartReader;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.asset.KeptAsset;
import io.pushrod.server.http.BodySink;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Shard;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A message with its files, as form data: files go to the store as they come, the message to the
/// workers once all are there.
///
/// The field `message` holds the whole classic body and `attachment_meta` what is said about its
/// files, by their names; `event_submission` holds a head body, which says it in their order.
///
/// **Thread:** its shard.
final class ChatForm implements BodySink, Attachments.Listener {
  private static final int PARTS = 128;
  private static final int HEADER_BYTES = 8 * 1024;
  private static final int NAME_BYTES = 255;

  /// What form data may have besides files and fields.
  static final int OVERHEAD_BYTES = PARTS * HEADER_BYTES;

  private final Exchange exchange;
  private final Shard shard;
  private final Sender sender;
  private final Chat chat;
  private final MultipartReader form;
  private final Attachments attachments;
  private @Nullable Submission what;
  private @Nullable String about;
  private boolean waiting;
  private boolean over;

  /// @param fieldBytes of all fields together
  ChatForm(
      Exchange exchange,
      Shard shard,
      Sender sender,
      Chat chat,
      Assets assets,
      KdcubeSettings settings,
      String boundary,
      int fieldBytes) {
    this.exchange = exchange;
    this.shard = shard;
    this.sender = sender;
    this.chat = chat;
    this.attachments = new Attachments(assets, settings, sender.session(), shard, this);
    this.form =
        new MultipartReader(
            boundary,
            new MultipartLimits(
                PARTS, HEADER_BYTES, NAME_BYTES, fieldBytes, settings.messageBytes() + 1),
            new Parts());
  }

  // The body.

  @Override
  public boolean onPiece(ByteBuf piece) {
    guarded(() -> form.read(piece.slice()));
    waiting = !over && attachments.isBusy();
    return !waiting && !over;
  }

  @Override
  public void onEnd() {
    guarded(
        () -> {
          form.end();
          if (what == null) {
            throw new RequestException(ErrorCode.BAD_REQUEST, "Missing \"message\"");
          }
          attachments.commit();
        });
  }

  /// The peer has gone, or was answered.
  @Override
  public void onAbort() {
    over = true;
    attachments.abort();
  }

  /// What is wrong is answered here, in KDCube's words.
  private void guarded(Runnable step) {
    if (over) {
      return;
    }
    try {
      step.run();
    } catch (RequestException e) {
      onFailed(e);
      attachments.abort();
    }
  }

  // Its files.

  @Override
  public void onReady() {
    if (waiting) {
      waiting = false;
      exchange.resumeBody();
    }
  }

  @Override
  public void onKept(List<KeptAsset> kept) {
    Submission submission = what;
    if (over || submission == null) {
      attachments.discard(kept);
      return;
    }
    over = true;
    Submission whole = about == null ? submission : submission.withMeta(about);
    chat.send(
        shard,
        sender,
        whole,
        Attachments.json(kept, whole.attachments(), !whole.isHead()),
        outcome -> {
          if (outcome instanceof Outcome.Refused) {
            attachments.discard(kept);
          }
          ChatEndpoint.answer(exchange, outcome);
        });
  }

  @Override
  public void onFailed(RequestException why) {
    if (!over) {
      over = true;
      chat.refuse(shard, sender, why, outcome -> ChatEndpoint.answer(exchange, outcome));
    }
  }

  /// What the form consists of.
  private final class Parts implements MultipartListener {
    @Override
    public void onField(String name, String value) {
      attachments.count(value.length());
      switch (name) {
        case "message" ->
            what = Submission.of(parsed(value, "Invalid 'message' JSON in multipart form"));
        case "event_submission" ->
            what =
                Submission.of(parsed(value, "Invalid 'event_submission' JSON in multipart form"));
        case "attachment_meta" -> about = value;
        default -> {}
      }
    }

    private static Node parsed(String json, String otherwise) {
      try {
        return Node.parse(Unpooled.wrappedBuffer(json.getBytes(UTF_8)));
      } catch (RequestException e) {
        throw new RequestException(ErrorCode.BAD_JSON, otherwise);
      }
    }

    @Override
    public void onFile(String name, String filename, String contentType) {
      Submission known = what;
      String conversation = known == null ? null : Turn.conversation(sender.session(), known);
      attachments.begin(filename, contentType, conversation == null ? "" : conversation);
    }

    @Override
    public void onPiece(ByteBuf piece) {
      attachments.write(piece);
    }

    @Override
    public void onFileEnd() {
      attachments.end();
    }
  }
}

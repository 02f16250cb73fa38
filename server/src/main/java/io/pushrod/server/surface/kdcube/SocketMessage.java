package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.RequestException;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.asset.KeptAsset;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.surface.socketio.SocketIoEvent;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A message that came by a socket, with one binary argument for each attachment, in order.
///
/// **Thread:** the socket's shard.
final class SocketMessage {
  private final Shard shard;
  private final Sender sender;
  private final Submission what;
  private final Chat chat;
  private final Assets assets;
  private final KdcubeSettings settings;

  SocketMessage(
      Shard shard,
      Sender sender,
      Submission what,
      Chat chat,
      Assets assets,
      KdcubeSettings settings) {
    this.shard = shard;
    this.sender = sender;
    this.what = what;
    this.chat = chat;
    this.assets = assets;
    this.settings = settings;
  }

  void send(SocketIoEvent event, Consumer<Outcome> answer) {
    if (event.attachments().isEmpty()) {
      chat.send(shard, sender, what, "[]", answer);
      return;
    }
    Keeper keeper = new Keeper(answer);
    try {
      keeper.store(event);
    } catch (RequestException e) {
      keeper.attachments.abort();
      keeper.onFailed(e);
    }
  }

  /// Sends the message once its files are kept.
  private final class Keeper implements Attachments.Listener {
    private final Consumer<Outcome> answer;
    private final Attachments attachments;

    Keeper(Consumer<Outcome> answer) {
      this.answer = answer;
      this.attachments = new Attachments(assets, settings, sender.session(), shard, this);
    }

    void store(SocketIoEvent event) {
      String conversation = Turn.conversation(sender.session(), what);
      attachments.count(what.text().length());
      int number = 0;
      for (int i = 1; i < event.args().size(); i++) {
        ByteBuf file = event.binary(i);
        if (file == null) {
          continue;
        }
        Submission.Attachment about =
            number < what.attachments().size() ? what.attachments().get(number) : null;
        attachments.begin(
            said(about, "filename", "file"),
            said(about, "mime", ""),
            conversation == null ? "" : conversation);
        if (file.isReadable()) {
          attachments.write(file);
        }
        attachments.end();
        number++;
      }
      attachments.commit();
    }

    private static String said(
        Submission.@Nullable Attachment about, String member, String otherwise) {
      String text = about == null ? null : Node.parse(about.json()).text(member);
      return text == null ? otherwise : text;
    }

    @Override
    public void onKept(List<KeptAsset> kept) {
      chat.send(
          shard,
          sender,
          what,
          Attachments.json(kept, what.attachments(), false),
          outcome -> {
            if (outcome instanceof Outcome.Refused) {
              attachments.discard(kept);
            }
            answer.accept(outcome);
          });
    }

    @Override
    public void onFailed(RequestException why) {
      chat.refuse(shard, sender, why, answer);
    }
  }
}

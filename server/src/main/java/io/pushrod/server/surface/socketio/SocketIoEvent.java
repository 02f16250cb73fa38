package io.pushrod.server.surface.socketio;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.socketio.Placeholders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One event of a client.
///
/// @param args JSON texts; where a binary argument stood, its placeholder
/// @param attachments the binary arguments, borrowed: retain what is kept beyond the call
/// @param ack answers it; null when the client asked for no answer
public record SocketIoEvent(
    String name, List<String> args, List<ByteBuf> attachments, @Nullable Ack ack) {
  public SocketIoEvent {
    args = List.copyOf(args);
    attachments = List.copyOf(attachments);
  }

  /// The binary argument at a place, borrowed; null when a JSON value stands there, or nothing.
  public @Nullable ByteBuf binary(int arg) {
    int number = arg < args.size() ? Placeholders.number(args.get(arg)) : -1;
    return number < 0 || number >= attachments.size() ? null : attachments.get(number);
  }

  /// Where the answer goes. The first call counts; an answer to a socket that is gone is dropped.
  ///
  /// **Thread:** the socket's shard.
  @FunctionalInterface
  public interface Ack {
    /// @param args JSON texts, with a placeholder for each attachment
    /// @param attachments borrowed
    void send(List<String> args, List<ByteBuf> attachments);

    /// @param args JSON texts
    default void send(String... args) {
      send(List.of(args), List.of());
    }
  }
}

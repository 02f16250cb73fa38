package io.pushrod.codec.command;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client asks for in the native dialect, over WebSocket or beside an SSE stream.
public sealed interface ClientCommand {
  /// The longest id, in characters; those of a string without its quotes.
  int MAX_ID_CHARS = 64;

  /// The client's name for this command as raw JSON, to be echoed; null when it gave none.
  @Nullable String id();

  /// Says who the connection is, from now on.
  record Auth(@Nullable String id, String token) implements ClientCommand {
    /// Without the token.
    @Override
    public String toString() {
      return "Auth[id=" + id + "]";
    }
  }

  /// @param filter terms as in [FilterTerms]; empty when none was given
  /// @param policy null when none was given
  /// @param fold whether history comes folded
  record Subscribe(
      @Nullable String id,
      String topic,
      StartPoint start,
      List<String> filter,
      @Nullable OverflowPolicy policy,
      boolean fold)
      implements ClientCommand {}

  record Unsubscribe(@Nullable String id, String topic) implements ClientCommand {}

  record Publish(@Nullable String id, PublishRequest request) implements ClientCommand {}

  /// @param start [StartPoint#EARLIEST] when none was given
  /// @param limit the most events wanted, 0 when not said
  record History(@Nullable String id, String topic, StartPoint start, int limit)
      implements ClientCommand {}

  record Ping(@Nullable String id) implements ClientCommand {}

  /// Reads one command from its JSON.
  ///
  /// @throws CommandException that says what is wrong, and under which id
  static ClientCommand parse(ByteBuf buf, int offset, int length) {
    String id = null;
    try {
      KnownMembers members = KnownMembers.read("command", buf, offset, length);
      id = CommandReader.id(members);
      return CommandReader.read(id, members);
    } catch (RequestException e) {
      throw new CommandException(id, e);
    }
  }
}

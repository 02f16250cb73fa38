package io.pushrod.codec.command;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client asks for in the native dialect, over WebSocket or beside an SSE stream.
public sealed interface ClientCommand {
  /// The longest id, in characters; those of a string without its quotes.
  int MAX_ID_CHARS = 64;

  /// The longest reason of a cancel, in characters.
  int MAX_REASON_CHARS = 256;

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

  /// Asks who is on a topic.
  ///
  /// @param after the user behind whom the page begins; empty for the first page
  /// @param limit the most users wanted, 0 when not said
  record Presence(@Nullable String id, String topic, String after, int limit)
      implements ClientCommand {}

  /// Says something of oneself to all who are on a topic.
  ///
  /// @param state a compact JSON object; null takes it back
  record State(@Nullable String id, String topic, @Nullable String state)
      implements ClientCommand {}

  /// Asks a run to end.
  ///
  /// @param run its id, such that `run/<id>` is a topic
  /// @param deadlineMillis after this it is ended without its worker; 0 when not said
  /// @param reason for all who see the run; at most [#MAX_REASON_CHARS] characters, null when none
  ///   was given
  record Cancel(
      @Nullable String id, String run, How how, int deadlineMillis, @Nullable String reason)
      implements ClientCommand {}

  /// Hands a message to whoever takes a topic's inbox.
  record Send(@Nullable String id, SendRequest request) implements ClientCommand {}

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

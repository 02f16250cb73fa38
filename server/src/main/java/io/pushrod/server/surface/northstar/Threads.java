package io.pushrod.server.surface.northstar;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.session.Identity;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What threads and canvases there are, and what is said in them, as one connection sees it.
///
/// **Thread:** the connection's shard; answers come there too, perhaps before the call returns.
interface Threads {
  /// A thread or canvas that exists for the one who asks.
  ///
  /// @param start where the one reads on who brings the cursor; null for a cursor that is none, of
  ///   what has been lost, or of events that are gone
  /// @param last the cursor of the newest event
  record Found(@Nullable StartPoint start, Cursor last) {}

  /// Looks for a thread or canvas.
  ///
  /// @param cursor in any of its spellings; null for everything that is stored
  /// @param found gets null when there is none for `who`
  void find(Identity who, String topic, @Nullable String cursor, Consumer<@Nullable Found> found);

  /// Says something in the name of a user.
  void post(Identity who, Post post, Answer answer);

  /// Tells those who read a topic that a user comes; needs no grant.
  ///
  /// @param then runs once the readers here have been told, or cannot be
  void announce(Context who, String topic, Runnable then);

  /// What became of a [Post].
  interface Answer {
    void posted(Cursor cursor, long millis);

    void refused(Envelope why);
  }
}

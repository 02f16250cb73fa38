package io.pushrod.server.backplane;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks at many topics at once, for what notifications did not bring.
///
/// **Thread:** the topics'.
/* Nearly all topics are as they are known to be, nearly always. So Redis compares, and names those that are not: one call
 * for hundreds of topics, and an answer of nothing. A Cluster has no call for keys of many slots; there each topic is one. */
final class Looks {
  /// Topics of one call, which holds up Redis for about half a millisecond.
  static final int MOST = 256;

  /// What a topic has, in the order of an answer.
  private static final int FIELDS = 4;

  private final TopicLoop loop;
  private int turn;

  Looks(TopicLoop loop) {
    this.loop = loop;
  }

  /// What was known of a topic when it was looked at.
  record Look(
      Followed topic,
      long epoch,
      long last,
      @SuppressWarnings("ArrayRecordComponent") byte[] tag, // never compared
      @SuppressWarnings("ArrayRecordComponent") byte[] known) {}

  /// Looks at all of them, as far as they are open and not looked at already.
  void look(List<Followed> topics) {
    int most = loop.plane().link().isSharded() ? 1 : MOST;
    List<Look> some = new ArrayList<>(Math.min(most, topics.size()));
    for (Followed topic : topics) {
      Look look = topic.beginLook();
      if (look != null) {
        some.add(look);
      }
      if (some.size() == most) {
        call(some);
        some = new ArrayList<>(most);
      }
    }
    if (!some.isEmpty()) {
      call(some);
    }
  }

  private void call(List<Look> looks) {
    byte[][] keys = new byte[looks.size()][];
    byte[][] known = new byte[looks.size()][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = looks.get(i).topic().meta();
      known[i] = looks.get(i).known();
    }
    Script.LOOK
        .run(loop.plane().link().commands(turn++), keys, known)
        .whenComplete((changed, failure) -> loop.execute(() -> looked(looks, changed, failure)));
  }

  private static void looked(
      List<Look> looks, @Nullable List<Object> changed, @Nullable Throwable failure) {
    if (changed == null || failure != null) {
      looks.forEach(each -> each.topic().endLook(each, List.of(), failure));
      return;
    }
    int at = 0;
    for (int i = 0; i < looks.size(); i++) {
      boolean differs = at < changed.size() && Script.number(changed, at) == i + 1;
      List<Object> found = differs ? changed.subList(at + 1, at + 1 + FIELDS) : List.of();
      at += differs ? 1 + FIELDS : 0;
      looks.get(i).topic().endLook(looks.get(i), found, null);
    }
  }
}

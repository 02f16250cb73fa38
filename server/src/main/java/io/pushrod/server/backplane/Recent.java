package io.pushrod.server.backplane;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The last record of each topic that this server knew lately, whether it follows the topic or not.
///
/// **Thread:** the topics'.
/* A primary that lost the end of a topic gives its sequences a second time. Whoever follows the topic finds that by itself.
 * Where nobody does, a cursor from before would go on in the midst of other events, and its reader would miss some unknown
 * to all. So those who were told that a record is stored ask for it once Redis is another, or was away. */
final class Recent {
  /// Of the time in which Redis is there: by then the replicas of one that works have it.
  static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// Of one event loop.
  static final int MOST = 16_384;

  private static final int OF_ONE_CALL = 256;
  private static final long AGAIN_MILLIS = 500;

  /// A record that Redis has said to have.
  ///
  /// @param knownNanos when that was
  record Mark(
      TopicKey key,
      long epoch,
      long sequence,
      @SuppressWarnings("ArrayRecordComponent") byte[] tag, // never compared
      long knownNanos) {}

  private final TopicLoop loop;

  /// Those known longest come first.
  private final Map<TopicKey, Mark> marks = new LinkedHashMap<>();

  /// Whether all are asked for once more, as an answer was missing.
  private boolean isDueAgain;

  Recent(TopicLoop loop) {
    this.loop = loop;
  }

  /// Redis says that it has a record.
  void add(TopicKey key, long epoch, long sequence, byte[] tag) {
    marks.remove(key);
    marks.put(key, new Mark(key, epoch, sequence, tag, loop.nanos()));
    if (marks.size() > MOST) {
      marks.remove(marks.keySet().iterator().next());
    }
  }

  /// Redis says that it has appended records.
  ///
  /// @param first the sequence of the first
  void appended(TopicKey key, long epoch, long first, long last, byte[] tag) {
    Mark before = marks.get(key);
    if (before != null && before.epoch() == epoch && first <= before.sequence()) {
      doubt(before);
      if (last < before.sequence()) {
        return;
      }
    }
    add(key, epoch, last, tag);
  }

  /// Asks for a record whose sequence is said to be given now: it may be the same one, of which a
  /// notification came before the answer, or a loss.
  private void doubt(Mark mark) {
    check(List.of(mark), () -> later(() -> doubt(mark)));
  }

  /// Forgets what was known for long enough. Not to be called while Redis is away.
  void expire() {
    long now = loop.nanos();
    Iterator<Mark> eldest = marks.values().iterator();
    while (eldest.hasNext() && now - eldest.next().knownNanos() > KEPT_NANOS) {
      eldest.remove();
    }
  }

  /// Asks for all of them, and again where no answer comes.
  void check() {
    int most = loop.plane().link().isSharded() ? 1 : OF_ONE_CALL;
    List<Mark> all = new ArrayList<>(marks.values());
    for (int i = 0; i < all.size(); i += most) {
      check(all.subList(i, Math.min(all.size(), i + most)), this::checkAgain);
    }
  }

  /// @param again runs when no answer came
  private void check(List<Mark> some, Runnable again) {
    byte[][] keys = new byte[2 * some.size()][];
    byte[][] records = new byte[3 * some.size()][];
    for (int i = 0; i < some.size(); i++) {
      Mark mark = some.get(i);
      TopicNames names = TopicNames.of(loop.plane().link(), mark.key());
      keys[2 * i] = names.meta();
      keys[2 * i + 1] = names.stream();
      records[3 * i] = Script.hex(mark.epoch());
      records[3 * i + 1] = Script.number(mark.sequence());
      records[3 * i + 2] = mark.tag();
    }
    Script.CHECK
        .run(loop.plane().link().commands(some.getFirst().key().hashCode()), keys, records)
        .whenComplete(
            (other, failure) ->
                loop.execute(
                    () -> {
                      if (failure == null) {
                        checked(some, other);
                      } else {
                        again.run();
                      }
                    }));
  }

  private void checked(List<Mark> some, List<Object> other) {
    for (int i = 0; i < other.size(); i++) {
      diverged(some.get((int) Script.number(other, i) - 1));
    }
  }

  private void checkAgain() {
    if (isDueAgain) {
      return;
    }
    isDueAgain = true;
    later(
        () -> {
          isDueAgain = false;
          // While Redis is away its return is waited for.
          if (loop.plane().link().obstacle() == null) {
            check();
          }
        });
  }

  private void later(Runnable task) {
    loop.schedule(
        () -> {
          if (!loop.isClosed()) {
            task.run();
          }
        },
        AGAIN_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  private void diverged(Mark mark) {
    marks.remove(mark.key(), mark);
    loop.metrics().count(Counter.REDIS_DIVERGENCES);
    renew(mark);
  }

  /// Until it is done: nobody would find it again.
  private void renew(Mark mark) {
    loop.renew(mark.key(), mark.epoch())
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                later(() -> renew(mark));
              }
            });
  }
}

package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.server.backplane.Answers.Found;
import io.pushrod.server.backplane.Answers.Notice;
import io.pushrod.server.backplane.Answers.Seen;
import io.pushrod.server.log.EventRecord;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.storage.ClusterTopics.Feed;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A topic that this server follows.
///
/// **Thread:** the topic's.
/* A notification names the sequence it begins with and the tag of the record before: what does not fit shows a hole, which
 * is read from the stream, or that the stream is not the one that was followed. The same two are looked at once per
 * interval, for notifications that never came. A stream that lost its end in a failover has given sequences twice; it gets
 * another epoch, so that readers hear of a gap. */
final class Followed {
  /// Seconds after which an empty topic that nobody follows is gone.
  static final int EMPTY_SECONDS = 60;

  private static final int FILL_BYTES = 512 * 1024;
  private static final int MAX_EARLY = 1_024;

  /// So long a notification may be behind a look that shows its records.
  private static final long GRACE_MILLIS = 20;

  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(EMPTY_SECONDS / 3);

  final TopicKey key;

  /// In the loop's list.
  int place;

  private final TopicLoop loop;
  private final Backplane plane;
  private final TopicNames names;
  private final int tailBytes;
  private final Feed feed;

  /// What came before the topic was open.
  private final ArrayDeque<Notice> early = new ArrayDeque<>();

  /// 0 until it was open for the first time.
  private long epoch;

  private long last;
  private byte[] tag = new byte[Answers.TAG_BYTES];
  private long version;

  /// Epoch, tag and version, as a look compares them; null until they are asked for.
  private byte @Nullable [] known;

  private long seenNanos;
  private boolean isOpen;
  private boolean isOpening;
  private boolean isFilling;
  private boolean isLooking;
  private boolean isOver;

  Followed(TopicLoop loop, TopicKey key, int tailBytes, Feed feed, int place) {
    this.loop = loop;
    this.plane = loop.plane();
    this.key = key;
    this.names = TopicNames.of(plane.link(), key);
    this.tailBytes = tailBytes;
    this.feed = feed;
    this.place = place;
  }

  void begin() {
    plane
        .link()
        .subscribe(names.channel(), this::onMessage)
        .thenRun(() -> loop.execute(this::look));
  }

  void end() {
    isOver = true;
    if (isOpen && last > 0) {
      loop.recent().add(key, epoch, last, tag);
    }
    plane.link().unsubscribe(names.channel());
  }

  /// Whether a log of this epoch is followed.
  boolean has(long wanted) {
    return isOpen && epoch == wanted;
  }

  long epoch() {
    return isOpen ? epoch : 0;
  }

  // Opening.

  private void open() {
    if (isOpening || isOver) {
      return;
    }
    isOpening = true;
    boolean isSame = epoch != 0 && last == 0;
    Script.OPEN
        .run(
            plane.link().commands(key.hashCode()),
            names.all(),
            Script.hex(isSame ? epoch : TopicLoop.freshEpoch()),
            Script.number(EMPTY_SECONDS),
            Script.number(tailBytes))
        .whenComplete((answer, failure) -> loop.execute(() -> opened(answer, failure)));
  }

  private void opened(@Nullable List<Object> answer, @Nullable Throwable failure) {
    isOpening = false;
    if (isOver) {
      return;
    }
    if (answer == null || failure != null) {
      failed(failure);
      return; // the next look tries again
    }
    Seen seen = Answers.seen(answer);
    if (seen == null) {
      return;
    }
    plane.health().succeeded(this);
    StoredTopic topic = seen.topic();
    boolean wasOpen = isOpen;
    isOpen = true;
    seenNanos = loop.nanos();
    known = null;
    if (wasOpen && topic.epoch() == epoch && last == 0) {
      if (seen.version() != version && topic.readers() != null) {
        feed.onDeclared(topic.readers());
      }
      version = seen.version();
      fillSoon(topic.last());
      return;
    }
    epoch = topic.epoch();
    last = topic.last();
    tag = seen.tag();
    version = seen.version();
    feed.onOpened(topic);
    while (isOpen && !early.isEmpty()) {
      apply(early.remove());
    }
  }

  private void failed(@Nullable Throwable failure) {
    if (failure != null) {
      RedisFault fault = RedisFault.of(failure);
      loop.metrics().count(TopicLoop.counter(fault));
      if (fault == RedisFault.NO_PRIMARY) {
        plane.link().renew();
      }
      if (fault == RedisFault.BROKEN || fault == RedisFault.FORBIDDEN) {
        plane.health().failed(this, fault);
      }
    }
  }

  /// The stored log is not the one that was followed.
  private void lost() {
    if (isOpen) {
      isOpen = false;
      early.clear();
      feed.onLost();
    }
    open();
  }

  /// Sequences were given twice: nobody must go on as if they had not been.
  private void diverged() {
    loop.metrics().count(Counter.REDIS_DIVERGENCES);
    loop.renew(key, epoch).whenComplete((_, _) -> loop.execute(this::look));
  }

  // Notifications.

  /// **Thread:** Redis's.
  private void onMessage(byte[] message) {
    Notice notice;
    try {
      notice = Answers.notice(message);
    } catch (RuntimeException e) {
      notice = null;
    }
    Notice known = notice;
    if (known != null) {
      loop.execute(() -> onNotice(known));
    }
  }

  private void onNotice(Notice notice) {
    if (isOver) {
      return;
    }
    loop.metrics().count(Counter.REDIS_NOTIFICATIONS);
    if (isOpen) {
      apply(notice);
    } else if (early.size() < MAX_EARLY) {
      early.add(notice);
    }
  }

  private void apply(Notice notice) {
    switch (notice) {
      case Notice.Records records -> apply(records);
      case Notice.Declared declared -> {
        if (declared.version() > version) {
          version = declared.version();
          known = null;
          feed.onDeclared(declared.readers());
        }
      }
      case Notice.Signal signal -> feed.onSignal(Unpooled.wrappedBuffer(signal.record()));
      case Notice.Renewed renewed -> {
        if (renewed.epoch() != epoch) {
          lost();
        }
      }
    }
  }

  private void apply(Notice.Records records) {
    Found found = records.found();
    if (records.epoch() != epoch) {
      look(); // it may be late, or the epoch another
    } else if (found.first() > last + 1) {
      fill();
    } else if (found.first() == last + 1) {
      if (Arrays.equals(records.before(), tag)) {
        take(found);
      } else {
        diverged();
      }
    } else if (found.last() >= last) {
      takeRest(found);
    }
  }

  /// Takes what is behind the last record, if that is among those found as it was.
  private void takeRest(Found found) {
    if (!Arrays.equals(Answers.tag(found.values().get((int) (last - found.first()))), tag)) {
      diverged();
    } else if (found.last() > last) {
      take(found);
    }
  }

  private void take(Found found) {
    RecordPage page = found.pageFrom(last + 1);
    last = found.last();
    tag = Answers.tag(found.values().getLast());
    known = null;
    feed.onRecords(page);
    if (EventRecord.seals(page.bytes(), page.start(page.count() - 1))) {
      feed.onSealed();
    }
  }

  // Looking.

  /// Holds what is known against the topic.
  void look() {
    loop.look(List.of(this));
  }

  byte[] meta() {
    return names.meta();
  }

  /// Begins to hold what is known against the topic.
  ///
  /// @return null when that is under way, or it is to be opened first, which is begun
  Looks.@Nullable Look beginLook() {
    if (!isOpen || (last == 0 && loop.nanos() - seenNanos > REFRESH_NANOS)) {
      open();
      return null;
    }
    if (isLooking || isOver) {
      return null;
    }
    isLooking = true;
    return new Looks.Look(this, epoch, last, tag, known());
  }

  /// As `look.lua` compares it.
  private byte[] known() {
    byte[] text = known;
    if (text == null) {
      ByteBuf out = Unpooled.buffer(64);
      out.writeBytes(Script.hex(epoch)).writeBytes(tag);
      out.writeBytes(version == 0 ? new byte[0] : Script.number(version));
      text = ByteBufUtil.getBytes(out);
      known = text;
    }
    return text;
  }

  /// @param found epoch, sequence, tag and version of readers; nothing while they are as known
  void endLook(Looks.Look look, List<Object> found, @Nullable Throwable failure) {
    isLooking = false;
    if (isOver || !isOpen || epoch != look.epoch()) {
      return;
    }
    if (failure != null) {
      failed(failure);
      return;
    }
    plane.health().succeeded(this);
    if (!found.isEmpty()) {
      looked(found, look);
    }
  }

  private void looked(List<Object> found, Looks.Look look) {
    byte[] there = Script.bytes(found, 0);
    if (there.length == 0) {
      if (last == 0) {
        open();
      } else {
        lost();
      }
      return;
    }
    if (Script.hex(there, 0) != epoch) {
      lost();
      return;
    }
    long stored = Script.number(found, 1);
    if (stored < look.last()
        || (stored == look.last() && !Arrays.equals(Script.bytes(found, 2), look.tag()))) {
      diverged();
    } else {
      fillSoon(stored);
    }
    byte[] readers = Script.bytes(found, 3);
    if (readers.length > 0 && Script.number(found, 3) > version) {
      readersMissed();
    }
  }

  private void readersMissed() {
    plane
        .link()
        .commands(key.hashCode())
        .hmget(names.meta(), Script.text("readers"), Script.text("rv"))
        .thenAccept(
            found ->
                loop.execute(
                    () -> {
                      if (!isOver && isOpen && found.stream().allMatch(each -> each.hasValue())) {
                        apply(
                            new Notice.Declared(
                                Long.parseLong(new String(found.get(1).getValue(), US_ASCII)),
                                ReadersCodec.read(found.get(0).getValue(), 0)));
                      }
                    }));
  }

  /// Reads up to a sequence that is stored, unless a notification brings it.
  private void fillSoon(long stored) {
    if (stored > last) {
      loop.schedule(() -> fillTo(stored), GRACE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void fillTo(long stored) {
    if (last < stored) {
      fill();
    }
  }

  /// Reads what no notification brought.
  private void fill() {
    if (isFilling || isOver || !isOpen) {
      return;
    }
    isFilling = true;
    loop.metrics().count(Counter.REDIS_HOLES);
    long from = Math.max(1, last);
    long epochThen = epoch;
    Script.READ
        .run(
            plane.link().commands(key.hashCode()),
            names.read(),
            Script.hex(epoch),
            Script.number(from),
            Script.number(FILL_BYTES))
        .whenComplete(
            (answer, failure) ->
                loop.execute(
                    () -> {
                      isFilling = false;
                      if (isOver || !isOpen || epoch != epochThen) {
                        return;
                      }
                      if (failure == null) {
                        filled(Answers.found(answer));
                      } else {
                        failed(failure);
                      }
                    }));
  }

  private void filled(@Nullable Found found) {
    if (found == null) {
      lost();
    } else if (found.first() > last + 1) {
      reopen();
    } else if (found.values().isEmpty() || found.last() < last) {
      look();
    } else if (found.first() == last + 1) {
      take(found); // the last record is not stored any more, or there was none
    } else {
      takeRest(found);
    }
  }

  /// What is missing is not stored any more: the log goes on with what is, and readers hear of it.
  private void reopen() {
    isOpen = false;
    early.clear();
    open();
  }
}

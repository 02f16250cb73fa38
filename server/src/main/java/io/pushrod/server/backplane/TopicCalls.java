package io.pushrod.server.backplane;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.storage.ClusterTopics.Appending;
import io.pushrod.server.storage.ClusterTopics.Sender;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What this server has to say in one topic, in order, one call at a time.
///
/// **Thread:** the topic's.
/* A call is numbered and repeated, as it is, until its answer is known; Redis keeps the answer to the last call of each
 * server, so a repetition does nothing more. What is published meanwhile goes with the next call. So order holds over any
 * failure, and a call that Redis does twice, or late, counts once. */
final class TopicCalls {
  private static final Logger log = LoggerFactory.getLogger(TopicCalls.class);

  static final int MAX_RECORDS = 256;
  static final int MAX_CALL_BYTES = 512 * 1024;

  /// Lifecycle events that a topic keeps beyond those that it keeps of all, about.
  static final int SHELVED = 256;

  private static final int FIRST_RETRY_MILLIS = 10;
  private static final int MAX_RETRY_MILLIS = 500;
  private static final int RANDOM_BYTES = 6;
  private static final int RANDOM_ARGUMENT = 10;

  private static final long NOT_STORED = Appended.failed(ErrorCode.UNAVAILABLE);
  private static final long NOT_KNOWN = Appended.failed(ErrorCode.OUTCOME_UNKNOWN);

  private static final byte[] NONE = {};
  private static final byte[] EMITTED = {'e'};
  private static final byte[] OTHER = {'-'};
  private static final byte[] READERS = {'r'};

  /// What a record is to the topic.
  enum Kind {
    /// An event that is stored when some types are.
    EMITTED,
    OTHER,
    /// Who may read from now on, as [ReadersCodec] writes it; not stored as an event.
    READERS
  }

  /// What is to be said: an event, or who may read.
  static final class Say {
    private final byte[] record;
    private final Kind kind;
    private final @Nullable Sender sender;
    private final long deadlineNanos;
    private @Nullable Appending answer;

    /// @param deadlineNanos until when a publisher without sequences waits for the answer;
    ///   `Long.MAX_VALUE` for until it comes
    Say(byte[] record, Kind kind, @Nullable Sender sender, long deadlineNanos, Appending answer) {
      this.record = record;
      this.kind = kind;
      this.sender = sender;
      this.deadlineNanos = deadlineNanos;
      this.answer = answer;
    }

    private int bytes() {
      return record.length;
    }

    /// Until when its publisher waits for the answer; `Long.MAX_VALUE` for until it comes.
    private long deadlineNanos() {
      return answer == null || sender != null ? Long.MAX_VALUE : deadlineNanos;
    }

    /// Whether it need not be said any more.
    private boolean isAbandoned() {
      return answer != null && answer.isAbandoned();
    }

    void answer(long outcome, long epoch) {
      Appending to = answer;
      answer = null;
      if (to != null) {
        to.onAppended(outcome, kind == Kind.READERS ? 0 : epoch);
      }
    }
  }

  private final TopicLoop loop;
  private final Backplane plane;
  private final TopicKey key;
  private final TopicNames names;
  private final int lane;
  private final Consumer<TopicCalls> idle;
  private final ArrayDeque<Say> waiting = new ArrayDeque<>();

  /// The call that is under way; empty when none is.
  private final List<Say> called = new ArrayList<>();

  private byte[][] arguments = {};

  /// Whether the call may have been done already, by what it came to before.
  private boolean isInDoubt;

  /// Whether its answer is waited for.
  private boolean isSent;

  /// Whether a call begins as soon as the loop's turn is over.
  private boolean isDue;

  /// Whether publishers are being answered, who may publish more at once.
  private boolean isAnswering;

  /// Numbers what is done about calls: what belongs to an earlier number is over.
  private long attempt;

  private int retryMillis = FIRST_RETRY_MILLIS;

  /// @param idle hears, more than once, that nothing is left to say
  TopicCalls(TopicLoop loop, TopicKey key, Consumer<TopicCalls> idle) {
    this.loop = loop;
    this.plane = loop.plane();
    this.key = key;
    this.names = TopicNames.of(plane.link(), key);
    this.lane = key.hashCode();
    this.idle = idle;
  }

  void add(Say say) {
    plane.waitingBytes().addAndGet(say.bytes());
    waiting.add(say);
    if (called.isEmpty() && !isAnswering && !isDue) {
      isDue = true;
      loop.callSoon(this);
    }
  }

  /// Begins a call with all that the turn has brought.
  void callDue() {
    isDue = false;
    if (called.isEmpty()) {
      callNext();
    }
  }

  private void callNext() {
    int bytes = 0;
    for (Say next = nextWanted();
        next != null
            && called.size() < MAX_RECORDS
            && (called.isEmpty() || bytes + next.bytes() <= MAX_CALL_BYTES);
        next = nextWanted()) {
      called.add(waiting.remove());
      bytes += next.bytes();
    }
    if (called.isEmpty()) {
      plane.health().succeeded(this);
      idle.accept(this);
      return;
    }
    arguments = appending();
    isInDoubt = false;
    loop.metrics().count(Counter.REDIS_CALLS);
    loop.metrics().count(Counter.REDIS_CALL_RECORDS, called.size());
    call();
  }

  /// The first that somebody still wants to be said.
  private @Nullable Say nextWanted() {
    Say next = waiting.peek();
    while (next != null && next.isAbandoned()) {
      refuse(List.of(waiting.remove()), NOT_STORED);
      next = waiting.peek();
    }
    return next;
  }

  private byte[][] appending() {
    List<byte[]> all = new ArrayList<>(11 + 5 * called.size());
    byte[] random = new byte[RANDOM_BYTES];
    ThreadLocalRandom.current().nextBytes(random);
    all.add(Script.hex(TopicLoop.freshEpoch()));
    all.add(Script.text(plane.link().nodeId()));
    all.add(Script.hex(loop.nextCall()));
    all.add(Script.number(plane.config().maxEventsPerRun()));
    all.add(Script.number(plane.config().streamTtlSeconds()));
    all.add(Script.number(plane.config().producersPerTopic()));
    all.add(Script.number(SHELVED));
    all.add(Script.number(EventClass.LIFECYCLE.ordinal()));
    all.add(plane.publishCommand());
    all.add(Script.text(names.channel()));
    all.add(random);
    for (Say say : called) {
      Sender sender = say.sender;
      all.add(letter(say.kind));
      all.add(sender == null ? NONE : Script.text(sender.producer().id()));
      all.add(sender == null ? NONE : Script.hex(sender.producer().epoch()));
      all.add(sender == null ? NONE : Script.hex(sender.sequence()));
      all.add(say.record);
    }
    return all.toArray(byte[][]::new);
  }

  private static byte[] letter(Kind kind) {
    return switch (kind) {
      case EMITTED -> EMITTED;
      case OTHER -> OTHER;
      case READERS -> READERS;
    };
  }

  private void call() {
    long begun = loop.nanos();
    long mine = ++attempt;
    isSent = true;
    plane
        .write(names, lane, commands -> Script.APPEND.run(commands, names.all(), arguments))
        .whenComplete(
            (answer, failure) ->
                loop.execute(
                    () -> {
                      if (mine == attempt) {
                        isSent = false;
                        answered(answer, failure, begun);
                      }
                    }));
  }

  private void answered(
      @Nullable List<Object> answer, @Nullable Throwable failure, long begunNanos) {
    if (answer != null && failure == null) {
      loop.answered(loop.nanos() - begunNanos);
      done(answer);
    } else if (failure != null) {
      failed(failure);
    }
  }

  private void done(List<Object> answer) {
    plane.health().succeeded(this);
    retryMillis = FIRST_RETRY_MILLIS;
    List<Say> all = List.copyOf(called);
    called.clear();
    isAnswering = true;
    appended(all, answer, arguments[RANDOM_ARGUMENT]);
    isAnswering = false;
    callNext();
  }

  /// @param random what the tags of the call's records begin with
  private void appended(List<Say> all, List<Object> answer, byte[] random) {
    long epoch = Script.hex(Script.bytes(answer, 0), 0);
    byte[] marks = Script.bytes(answer, 2);
    boolean isOver = marks.length != all.size();
    long first = isOver ? 0 : Script.hex(Script.bytes(answer, 1), 0);
    long next = first;
    for (int i = 0; i < all.size(); i++) {
      byte mark = isOver ? (byte) 'o' : marks[i];
      answer(all.get(i), outcome(mark, next), epoch);
      next += mark == 'a' ? 1 : 0;
    }
    if (next > first) {
      int place = (int) (next - first) - 1;
      byte[] tag = Arrays.copyOf(random, Answers.TAG_BYTES);
      tag[RANDOM_BYTES] = (byte) (place >> 8);
      tag[RANDOM_BYTES + 1] = (byte) place;
      loop.recent().appended(key, epoch, first, next - 1, tag);
    }
  }

  private long outcome(byte mark, long sequence) {
    return switch (mark) {
      case 'a' -> sequence;
      case 's' -> Appended.STALE_EPOCH;
      case 'f' -> Appended.failed(ErrorCode.FENCED);
      case 'd' -> {
        loop.metrics().count(Counter.DUPLICATES);
        yield 0;
      }
      default -> 0;
    };
  }

  private void failed(Throwable failure) {
    RedisFault fault = RedisFault.of(failure);
    loop.metrics().count(Counter.REDIS_RETRIES);
    loop.metrics().count(TopicLoop.counter(fault));
    plane.health().failed(this, fault);
    if (fault.isOutage()) {
      Outage.begin(loop, fault, names, lane);
    }
    switch (fault) {
      case NO_PRIMARY -> plane.link().renew();
      case OUT_OF_MEMORY -> refuse();
      case UNKNOWN, NOT_SAFE -> isInDoubt = true;
      case NOT_NOW, FORBIDDEN, BROKEN -> {}
    }
    if (called.isEmpty()) {
      callNext();
    } else if (!loop.isClosed()) {
      long mine = ++attempt;
      loop.schedule(
          () -> {
            if (mine == attempt) {
              call();
            }
          },
          retryMillis,
          TimeUnit.MILLISECONDS);
      retryMillis = Math.min(2 * retryMillis, MAX_RETRY_MILLIS);
    }
  }

  /// Redis takes nothing more: those who don't repeat it themselves hear so, and the others go on
  /// waiting.
  private void refuse() {
    refuse(takeBack(TopicCalls::isAwaited), Appended.failed(ErrorCode.OVERLOADED));
    answerLate(Long.MAX_VALUE);
  }

  private static boolean isAwaited(Say say) {
    return say.deadlineNanos() != Long.MAX_VALUE;
  }

  /// Answers those who have waited long enough, or wait no more. What of theirs is with Redis stays
  /// there: it may be stored.
  void expire(long nowNanos) {
    List<Say> over = takeBack(say -> say.isAbandoned() || isLate(say, nowNanos));
    loop.metrics().count(Counter.REDIS_TIMEOUTS, over.size());
    refuse(over, NOT_STORED);
    answerLate(nowNanos);
    if (called.isEmpty()) {
      attempt++;
      callNext();
    }
  }

  /// Whether Redis may have what is called.
  private boolean isWithRedis() {
    return isSent || isInDoubt;
  }

  /// Removes what Redis surely does not have.
  private List<Say> takeBack(Predicate<Say> which) {
    List<Say> taken = new ArrayList<>();
    if (!isWithRedis() && called.removeIf(say -> which.test(say) && taken.add(say))) {
      arguments = called.isEmpty() ? arguments : appending();
    }
    waiting.removeIf(say -> which.test(say) && taken.add(say));
    return taken;
  }

  private void refuse(List<Say> some, long outcome) {
    boolean before = isAnswering;
    isAnswering = true;
    some.forEach(say -> answer(say, outcome, 0));
    isAnswering = before;
  }

  private void answer(Say say, long outcome, long epoch) {
    plane.waitingBytes().addAndGet(-say.bytes());
    try {
      say.answer(outcome, epoch);
    } catch (RuntimeException e) {
      loop.metrics().count(Counter.INTERNAL_ERRORS);
      log.error("A publisher was not told what became of an event", e);
    }
  }

  /// Answers whoever waits too long for the call that Redis may have.
  private void answerLate(long nowNanos) {
    for (Say say : List.copyOf(called)) {
      if (isWithRedis() && isLate(say, nowNanos)) {
        loop.metrics().count(Counter.REDIS_TIMEOUTS);
        say.answer(NOT_KNOWN, 0);
      }
    }
  }

  private static boolean isLate(Say say, long nowNanos) {
    return isAwaited(say) && (nowNanos == Long.MAX_VALUE || nowNanos - say.deadlineNanos() >= 0);
  }

  /// Answers all, as nobody will hear Redis's answers any more.
  void giveUp() {
    long ofCalled = isWithRedis() ? NOT_KNOWN : NOT_STORED;
    List<Say> all = List.copyOf(called);
    List<Say> others = List.copyOf(waiting);
    attempt++;
    called.clear();
    waiting.clear();
    plane.health().succeeded(this);
    refuse(all, ofCalled);
    refuse(others, NOT_STORED);
  }
}

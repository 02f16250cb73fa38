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

  /// What is to be said.
  sealed interface Word {
    int bytes();

    /// Until when its publisher waits for the answer; `Long.MAX_VALUE` for until it comes.
    long deadlineNanos();

    /// Whether it need not be said any more.
    boolean isAbandoned();

    void answer(long outcome, long epoch);
  }

  /// An event.
  static final class Say implements Word {
    final byte[] record;
    final boolean isEmitted;
    final @Nullable Sender sender;
    private final long deadlineNanos;
    private @Nullable Appending answer;

    Say(
        byte[] record,
        boolean isEmitted,
        @Nullable Sender sender,
        long deadlineNanos,
        Appending answer) {
      this.record = record;
      this.isEmitted = isEmitted;
      this.sender = sender;
      this.deadlineNanos = deadlineNanos;
      this.answer = answer;
    }

    @Override
    public int bytes() {
      return record.length;
    }

    @Override
    public long deadlineNanos() {
      return answer == null || sender != null ? Long.MAX_VALUE : deadlineNanos;
    }

    @Override
    public boolean isAbandoned() {
      return answer != null && answer.isAbandoned();
    }

    @Override
    public void answer(long outcome, long epoch) {
      Appending to = answer;
      answer = null;
      if (to != null) {
        to.onAppended(outcome, epoch);
      }
    }
  }

  /// Who may read.
  static final class Declare implements Word {
    final byte[] readers;
    private final Appending answer;

    Declare(byte[] readers, Appending answer) {
      this.readers = readers;
      this.answer = answer;
    }

    @Override
    public int bytes() {
      return readers.length;
    }

    @Override
    public long deadlineNanos() {
      return Long.MAX_VALUE;
    }

    @Override
    public boolean isAbandoned() {
      return false;
    }

    @Override
    public void answer(long outcome, long epoch) {
      answer.onAppended(outcome, epoch);
    }
  }

  private final TopicLoop loop;
  private final Backplane plane;
  private final TopicKey key;
  private final TopicNames names;
  private final int lane;
  private final Consumer<TopicCalls> idle;
  private final ArrayDeque<Word> waiting = new ArrayDeque<>();

  /// The call that is under way; empty when none is.
  private final List<Word> called = new ArrayList<>();

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

  void add(Word word) {
    plane.waitingBytes().addAndGet(word.bytes());
    waiting.add(word);
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
    Word first = nextWanted();
    if (first == null) {
      plane.health().succeeded(this);
      idle.accept(this);
      return;
    }
    if (first instanceof Declare declare) {
      called.add(waiting.remove());
      arguments = declaration(declare);
    } else {
      int bytes = 0;
      while (nextWanted() instanceof Say say
          && called.size() < MAX_RECORDS
          && (called.isEmpty() || bytes + say.bytes() <= MAX_CALL_BYTES)) {
        called.add(waiting.remove());
        bytes += say.bytes();
      }
      arguments = appending();
    }
    isInDoubt = false;
    loop.metrics().count(Counter.REDIS_CALLS);
    loop.metrics().count(Counter.REDIS_CALL_RECORDS, called.size());
    call();
  }

  /// The first word that somebody still wants to be said.
  private @Nullable Word nextWanted() {
    Word next = waiting.peek();
    while (next != null && next.isAbandoned()) {
      refuse(List.of(waiting.remove()), NOT_STORED);
      next = waiting.peek();
    }
    return next;
  }

  private byte[][] declaration(Declare declare) {
    return new byte[][] {
      Script.hex(TopicLoop.freshEpoch()),
      Script.number(plane.config().streamTtlSeconds()),
      declare.readers,
      plane.publishCommand(),
      Script.text(names.channel())
    };
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
    for (Word word : called) {
      if (word instanceof Say say) {
        all.add(say.isEmitted ? EMITTED : OTHER);
        Sender sender = say.sender;
        all.add(sender == null ? NONE : Script.text(sender.producer().id()));
        all.add(sender == null ? NONE : Script.hex(sender.producer().epoch()));
        all.add(sender == null ? NONE : Script.hex(sender.sequence()));
        all.add(say.record);
      }
    }
    return all.toArray(byte[][]::new);
  }

  private void call() {
    Script script = called.getFirst() instanceof Declare ? Script.DECLARE : Script.APPEND;
    long begun = loop.nanos();
    long mine = ++attempt;
    isSent = true;
    plane
        .write(names, lane, commands -> script.run(commands, names.all(), arguments))
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
    List<Word> all = List.copyOf(called);
    called.clear();
    isAnswering = true;
    if (all.getFirst() instanceof Declare) {
      answer(all.getFirst(), 0, 0);
    } else {
      appended(all, answer, arguments[RANDOM_ARGUMENT]);
    }
    isAnswering = false;
    callNext();
  }

  /// @param random what the tags of the call's records begin with
  private void appended(List<Word> all, List<Object> answer, byte[] random) {
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

  private static boolean isAwaited(Word word) {
    return word.deadlineNanos() != Long.MAX_VALUE;
  }

  /// Answers those who have waited long enough, or wait no more. What of theirs is with Redis stays
  /// there: it may be stored.
  void expire(long nowNanos) {
    List<Word> over = takeBack(word -> word.isAbandoned() || isLate(word, nowNanos));
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

  /// Removes words that Redis surely does not have.
  private List<Word> takeBack(Predicate<Word> which) {
    List<Word> taken = new ArrayList<>();
    if (!isWithRedis() && called.removeIf(word -> which.test(word) && taken.add(word))) {
      arguments = called.isEmpty() ? arguments : appending();
    }
    waiting.removeIf(word -> which.test(word) && taken.add(word));
    return taken;
  }

  private void refuse(List<Word> words, long outcome) {
    boolean before = isAnswering;
    isAnswering = true;
    words.forEach(word -> answer(word, outcome, 0));
    isAnswering = before;
  }

  private void answer(Word word, long outcome, long epoch) {
    plane.waitingBytes().addAndGet(-word.bytes());
    try {
      word.answer(outcome, epoch);
    } catch (RuntimeException e) {
      loop.metrics().count(Counter.INTERNAL_ERRORS);
      log.error("A publisher was not told what became of an event", e);
    }
  }

  /// Answers whoever waits too long for the call that Redis may have.
  private void answerLate(long nowNanos) {
    for (Word word : List.copyOf(called)) {
      if (isWithRedis() && isLate(word, nowNanos)) {
        loop.metrics().count(Counter.REDIS_TIMEOUTS);
        word.answer(NOT_KNOWN, 0);
      }
    }
  }

  private static boolean isLate(Word word, long nowNanos) {
    return isAwaited(word) && (nowNanos == Long.MAX_VALUE || nowNanos - word.deadlineNanos() >= 0);
  }

  /// Answers all, as nobody will hear Redis's answers any more.
  void giveUp() {
    long ofCalled = isWithRedis() ? NOT_KNOWN : NOT_STORED;
    List<Word> all = List.copyOf(called);
    List<Word> others = List.copyOf(waiting);
    attempt++;
    called.clear();
    waiting.clear();
    plane.health().succeeded(this);
    refuse(all, ofCalled);
    refuse(others, NOT_STORED);
  }
}

package io.pushrod.server.backplane;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.Appended;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.storage.ClusterTopics.Appending;
import io.pushrod.server.storage.ClusterTopics.Sender;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What this server has to say in one topic, in order, one call at a time.
///
/// **Thread:** the topic's.
/* A call is numbered and repeated, as it is, until its answer is known; Redis keeps the answer to the last call of each
 * server, so a repetition does nothing more. What is published meanwhile goes with the next call. So order holds over any
 * failure, and a call that Redis does twice, or late, counts once. */
final class TopicCalls {
  static final int MAX_RECORDS = 256;
  static final int MAX_CALL_BYTES = 512 * 1024;

  private static final int PRODUCERS = 1_000;
  private static final int SHELVED = 256;
  private static final int FIRST_RETRY_MILLIS = 10;
  private static final int MAX_RETRY_MILLIS = 500;
  private static final int RANDOM_BYTES = 6;

  private static final byte[] NONE = {};
  private static final byte[] EMITTED = {'e'};
  private static final byte[] OTHER = {'-'};

  /// What is to be said.
  sealed interface Word {
    int bytes();

    /// Until when its publisher waits for the answer; `Long.MAX_VALUE` for until it comes.
    long deadlineNanos();

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
    public void answer(long outcome, long epoch) {
      answer.onAppended(outcome, epoch);
    }
  }

  private final TopicLoop loop;
  private final Backplane plane;
  private final TopicNames names;
  private final int lane;
  private final Runnable idle;
  private final ArrayDeque<Word> waiting = new ArrayDeque<>();

  /// The call that is under way; empty when none is.
  private final List<Word> called = new ArrayList<>();

  private byte[][] arguments = {};

  /// Whether the call may have been done already.
  private boolean isInDoubt;

  private int retryMillis = FIRST_RETRY_MILLIS;

  /// @param idle runs when nothing is left to say
  TopicCalls(TopicLoop loop, TopicNames names, int lane, Runnable idle) {
    this.loop = loop;
    this.plane = loop.plane();
    this.names = names;
    this.lane = lane;
    this.idle = idle;
  }

  void add(Word word) {
    plane.waitingBytes().addAndGet(word.bytes());
    waiting.add(word);
    if (called.isEmpty()) {
      callNext();
    }
  }

  private void callNext() {
    Word first = waiting.peek();
    if (first == null) {
      plane.health().succeeded(this);
      idle.run();
      return;
    }
    if (first instanceof Declare) {
      called.add(waiting.remove());
      arguments = declaration((Declare) first);
    } else {
      int bytes = 0;
      while (waiting.peek() instanceof Say say
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
    all.add(Script.number(PRODUCERS));
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
    boolean declares = called.getFirst() instanceof Declare;
    long begun = loop.nanos();
    CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> server =
        plane.config().waitReplicas() == 0
            ? CompletableFuture.completedFuture(plane.link().commands(lane))
            : plane.link().serverOf(names.meta(), lane);
    server
        .thenCompose(
            commands ->
                replicated(
                    commands,
                    (declares ? Script.DECLARE : Script.APPEND)
                        .run(commands, names.all(), arguments)))
        .whenComplete(
            (answer, failure) ->
                loop.execute(
                    () -> {
                      if (failure == null) {
                        loop.answered(loop.nanos() - begun);
                        done(answer);
                      } else {
                        failed(failure);
                      }
                    }));
  }

  /// Waits until replicas have it too, where that is asked for.
  private CompletionStage<List<Object>> replicated(
      RedisClusterAsyncCommands<byte[], byte[]> commands, CompletionStage<List<Object>> called) {
    int replicas = plane.config().waitReplicas();
    if (replicas == 0) {
      return called;
    }
    return called.thenCompose(
        answer ->
            commands
                .waitForReplication(replicas, plane.config().timeoutMillis() / 2)
                .thenCompose(
                    count ->
                        count >= replicas
                            ? CompletableFuture.completedFuture(answer)
                            : CompletableFuture.failedFuture(
                                new RedisCommandExecutionException("NOREPLICAS too few have it"))));
  }

  private void done(List<Object> answer) {
    if (called.isEmpty()) {
      return; // it was given up
    }
    plane.health().succeeded(this);
    retryMillis = FIRST_RETRY_MILLIS;
    List<Word> all = List.copyOf(called);
    called.clear();
    for (Word word : all) {
      plane.waitingBytes().addAndGet(-word.bytes());
    }
    if (all.getFirst() instanceof Declare declare) {
      declare.answer(0, 0);
    } else {
      long epoch = Script.hex(Script.bytes(answer, 0), 0);
      byte[] marks = Script.bytes(answer, 2);
      long sequence = marks.length == all.size() ? Script.hex(Script.bytes(answer, 1), 0) : 0;
      for (int i = 0; i < all.size(); i++) {
        byte mark = marks.length == all.size() ? marks[i] : (byte) 'o';
        all.get(i).answer(outcome(mark, sequence), epoch);
        sequence += mark == 'a' ? 1 : 0;
      }
    }
    callNext();
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
    if (called.isEmpty()) {
      return;
    }
    RedisFault fault = RedisFault.of(failure);
    loop.metrics().count(Counter.REDIS_RETRIES);
    loop.metrics().count(TopicLoop.counter(fault));
    plane.health().failed(this, fault);
    switch (fault) {
      case NO_PRIMARY -> plane.link().renew();
      case OUT_OF_MEMORY -> refuse();
      case UNKNOWN, NOT_SAFE -> isInDoubt = true;
      case NOT_NOW, FORBIDDEN, BROKEN -> {}
    }
    if (!called.isEmpty() && !loop.isClosed()) {
      loop.schedule(this::call, retryMillis, TimeUnit.MILLISECONDS);
      retryMillis = Math.min(2 * retryMillis, MAX_RETRY_MILLIS);
    }
  }

  /// Redis takes nothing more: those who don't repeat it themselves hear so, and the others go on
  /// waiting.
  private void refuse() {
    long outcome = Appended.failed(ErrorCode.OVERLOADED);
    waiting.removeIf(word -> refused(word, outcome));
    if (isInDoubt) {
      answerLate(Long.MAX_VALUE, outcome);
      return;
    }
    int before = called.size();
    called.removeIf(word -> refused(word, outcome));
    if (called.isEmpty()) {
      callNext();
    } else if (called.size() < before) {
      arguments = appending();
    }
  }

  private boolean refused(Word word, long outcome) {
    if (word.deadlineNanos() == Long.MAX_VALUE) {
      return false;
    }
    plane.waitingBytes().addAndGet(-word.bytes());
    word.answer(outcome, 0);
    return true;
  }

  /// Answers those who have waited long enough. What of theirs is in a call stays there: it may be
  /// stored.
  void expire(long nowNanos) {
    long outcome = Appended.failed(ErrorCode.UNAVAILABLE);
    answerLate(nowNanos, outcome);
    waiting.removeIf(
        word -> {
          if (!isLate(word, nowNanos)) {
            return false;
          }
          loop.metrics().count(Counter.REDIS_TIMEOUTS);
          return refused(word, outcome);
        });
  }

  private void answerLate(long nowNanos, long outcome) {
    for (Word word : called) {
      if (isLate(word, nowNanos)) {
        loop.metrics().count(Counter.REDIS_TIMEOUTS);
        word.answer(outcome, 0);
      }
    }
  }

  private static boolean isLate(Word word, long nowNanos) {
    return word.deadlineNanos() != Long.MAX_VALUE
        && (nowNanos == Long.MAX_VALUE || nowNanos - word.deadlineNanos() >= 0);
  }

  /// Answers all, as nobody will hear Redis's answers any more.
  void giveUp() {
    List<Word> all = new ArrayList<>(called);
    all.addAll(waiting);
    called.clear();
    waiting.clear();
    plane.health().succeeded(this);
    for (Word word : all) {
      plane.waitingBytes().addAndGet(-word.bytes());
      word.answer(Appended.failed(ErrorCode.UNAVAILABLE), 0);
    }
  }
}

package io.pushrod.server.run;

import io.pushrod.codec.StartPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Brings a desk to where its records say it stood: its runs and messages are back in order, each
/// run once its log was asked whether it has begun or ended meanwhile.
///
/// **Thread:** the desk's shard.
final class DeskRestore {
  private final Desk desk;
  private final Runnable done;
  private final List<RunRecord.OfRun> records = new ArrayList<>();
  private final List<RunRecord.OfMessage> messages = new ArrayList<>();
  private final Map<RunRecord.OfRun, Run> runs = new HashMap<>();
  private final Map<RunRecord.OfRun, LogWord> words = new HashMap<>();
  private int unasked;

  private DeskRestore(Desk desk, Runnable done) {
    this.desk = desk;
    this.done = done;
  }

  /// @param of what the store had, in any order
  /// @param done runs when the desk is as it was
  static void begin(Desk desk, List<RunRecord> of, Runnable done) {
    of.stream()
        .mapToLong(RunRecord::stampMillis)
        .max()
        .ifPresent(stamp -> desk.time().goOnFrom(stamp));
    new DeskRestore(desk, done).begin(of);
  }

  private void begin(List<RunRecord> of) {
    for (RunRecord record : of) {
      desk.records().restored(record);
      switch (record) {
        case RunRecord.Stamp _ -> {}
        case RunRecord.OfMessage message -> messages.add(message);
        case RunRecord.OfRun run -> records.add(run);
      }
    }
    records.sort(Comparator.comparingLong(RunRecord.OfRun::order));
    messages.sort(Comparator.comparingLong(RunRecord.OfMessage::order));
    for (RunRecord.OfRun record : records) {
      Run run = new Run(desk, record);
      runs.put(record, run);
      desk.book().add(run);
      if (record.producer() != null && record.end() == null) {
        desk.restoreLease(record.state().lease(), run, record.producer(), record.pattern());
      }
    }
    unasked = records.size();
    if (unasked == 0) {
      goOn();
    }
    records.forEach(this::ask);
  }

  /// The log's last event is only of interest where it is the end, and how that was is not known.
  private void ask(RunRecord.OfRun record) {
    desk.shard()
        .read(
            runs.get(record).topic(),
            log -> {
              LogWord word = LogWord.of(log);
              if (log != null && word.sealed() && word.end() == null && record.end() == null) {
                desk.shard()
                    .read(
                        log.key(),
                        new StartPoint.AfterSequence(word.lastSequence() - 1),
                        read -> answered(record, LogWord.of(read)));
              } else {
                answered(record, word);
              }
            });
  }

  private void answered(RunRecord.OfRun record, LogWord word) {
    words.put(record, word);
    if (--unasked == 0) {
      goOn();
    }
  }

  private void goOn() {
    int next = 0;
    for (RunRecord.OfRun record : records) {
      for (; next < messages.size() && messages.get(next).order() < record.order(); next++) {
        goOn(messages.get(next));
      }
      runs.get(record).resume(record, words.getOrDefault(record, LogWord.NONE));
    }
    messages.subList(next, messages.size()).forEach(this::goOn);
    done.run();
  }

  private void goOn(RunRecord.OfMessage message) {
    Message work = new Message(desk, message.request(), message.order());
    desk.enqueue(work, false);
    work.begin();
  }
}

package io.pushrod.server.run;

import io.pushrod.codec.StartPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Brings a desk to where its records say it stood: its runs and messages are back in order, each
/// run once its log was asked whether it has begun or ended meanwhile.
///
/// **Thread:** the desk's shard.
final class DeskRestore {
  private final Desk desk;
  private final Runnable done;
  private final List<Restored> runs = new ArrayList<>();
  private final List<RunRecord.OfMessage> messages = new ArrayList<>();
  private int unasked;

  /// A run whose log is asked.
  private static final class Restored {
    final RunRecord.OfRun record;
    final Run run;
    LogWord word = LogWord.NONE;

    Restored(RunRecord.OfRun record, Run run) {
      this.record = record;
      this.run = run;
    }
  }

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
    List<RunRecord.OfRun> records = new ArrayList<>();
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
      runs.add(new Restored(record, run));
      desk.book().add(run);
      if (record.producer() != null && record.end() == null) {
        desk.workers().restore(record.state().lease(), run, record.producer(), record.pattern());
      }
    }
    unasked = runs.size();
    if (unasked == 0) {
      goOn();
    }
    runs.forEach(this::ask);
  }

  /// Of a log that has ended its last event is read, where no record says how.
  private void ask(Restored restored) {
    desk.shard()
        .read(
            restored.run.topic(),
            log -> {
              LogWord word = LogWord.of(log);
              if (log != null
                  && word.sealed()
                  && word.end() == null
                  && restored.record.end() == null) {
                desk.shard()
                    .read(
                        log.key(),
                        new StartPoint.AfterSequence(word.lastSequence() - 1),
                        read -> answered(restored, LogWord.of(read)));
              } else {
                answered(restored, word);
              }
            });
  }

  private void answered(Restored restored, LogWord word) {
    restored.word = word;
    if (--unasked == 0) {
      goOn();
    }
  }

  private void goOn() {
    int next = 0;
    for (Restored each : runs) {
      for (; next < messages.size() && messages.get(next).order() < each.record.order(); next++) {
        goOn(messages.get(next));
      }
      each.run.resume(each.record, each.word);
    }
    messages.subList(next, messages.size()).forEach(this::goOn);
    done.run();
  }

  private void goOn(RunRecord.OfMessage message) {
    Message work = new Message(desk, message.request(), message.order());
    desk.inboxes().add(work, false);
    work.begin();
  }
}

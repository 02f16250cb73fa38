package io.pushrod.server.run;

import java.util.ArrayDeque;
import java.util.List;

/// What is still to be done about a run, in order: each thing when the one before it is done.
///
/// **Thread:** the desk's shard.
final class Agenda {
  /// What has become of something that was to be done.
  enum Progress {
    DONE,
    /// [#done] or [#again] follows, now or later.
    UNDER_WAY,
    /// It was not possible; to be tried again by [#proceed].
    NOT_NOW
  }

  /// Does what is to be done.
  interface Performer {
    Progress perform(RunAction action);
  }

  private final Desk desk;
  private final Performer performer;
  private final ArrayDeque<RunAction> actions = new ArrayDeque<>();
  private final ArrayDeque<Runnable> afterwards = new ArrayDeque<>();

  /// Whether the first of the actions is being done.
  private boolean underWay;

  Agenda(Desk desk, Performer performer) {
    this.desk = desk;
    this.performer = performer;
  }

  boolean isEmpty() {
    return actions.isEmpty();
  }

  /// Whether something is to be tried again.
  boolean isHeldUp() {
    return !underWay && !actions.isEmpty();
  }

  void add(RunAction action) {
    actions.add(action);
  }

  void addAll(List<RunAction> more) {
    actions.addAll(more);
  }

  void addFirst(RunAction action) {
    actions.addFirst(action);
  }

  /// Does something once nothing is to be done any more.
  void addAfterwards(Runnable task) {
    afterwards.add(task);
  }

  /// Does what can be done now.
  void proceed() {
    while (!underWay && !actions.isEmpty() && desk.mayAct()) {
      underWay = true;
      switch (performer.perform(actions.element())) {
        case DONE -> done();
        case UNDER_WAY -> {}
        case NOT_NOW -> {
          underWay = false;
          return;
        }
      }
    }
    while (!underWay && actions.isEmpty() && !afterwards.isEmpty()) {
      afterwards.remove().run();
    }
  }

  /// What was under way is done.
  void done() {
    underWay = false;
    actions.remove();
  }

  /// What was under way was in vain, and is still to be done.
  void again() {
    underWay = false;
  }

  /// The desk is taken down.
  void abandon() {
    actions.clear();
    afterwards.clear();
  }
}

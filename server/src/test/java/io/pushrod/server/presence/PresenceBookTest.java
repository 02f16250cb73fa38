package io.pushrod.server.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.command.PresencePage;
import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.session.Attendance;
import io.pushrod.server.session.Grants;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PresenceBookTest implements PresenceListener {
  private static final TopicKey ROOM = new TopicKey("acme", "room/1");
  private static final long DELAY = 5_000;

  private final PresenceBook book =
      new PresenceBook(new PresenceSettings(Grants.ALL, 3, DELAY, 1_024, 100), this);
  private final List<String> told = new ArrayList<>();
  private long nowNanos = Long.MAX_VALUE - 7_000; // wraps while the test runs
  private long stateBytes;
  private int full;

  @Override
  public void onChange(TopicKey topic, PresenceChange change, PresentUser who) {
    told.add(change + " " + topic.tenant() + " " + who.user() + " " + who.state());
  }

  @Override
  public void onStateBytes(long more) {
    stateBytes += more;
  }

  @Override
  public void onFull(TopicKey topic) {
    full++;
  }

  private Attendance join(String user) {
    return join(ROOM, user);
  }

  private Attendance join(TopicKey topic, String user) {
    Attendance attendance = new Attendance(user);
    book.join(topic, attendance, 1_000);
    return attendance;
  }

  private void leave(Attendance attendance) {
    book.leave(ROOM, attendance, nowNanos);
  }

  private void pass(long nanos) {
    nowNanos += nanos;
    book.expire(nowNanos);
  }

  private PresencePage all() {
    return book.page(ROOM, "", 100);
  }

  private static List<String> names(PresencePage page) {
    return page.members().stream().map(PresentUser::user).toList();
  }

  @Test
  void aUserJoinsOnceHoweverManyConnectionsItHas() {
    join("ann");
    join("ann");
    assertThat(told).containsExactly("JOIN acme ann null");
    assertThat(all())
        .isEqualTo(
            new PresencePage(1, 2, 0, 0, List.of(new PresentUser("ann", 2, 1_000, null)), null));
  }

  @Test
  void aUserLeavesWhenItsLastConnectionHasBeenGoneForTheDelay() {
    Attendance first = join("ann");
    Attendance second = join("ann");
    leave(first);
    pass(2 * DELAY);
    leave(second);
    pass(DELAY - 1);
    assertThat(told).containsExactly("JOIN acme ann null");
    assertThat(all().members()).containsExactly(new PresentUser("ann", 0, 1_000, null));
    pass(1);
    assertThat(told).containsExactly("JOIN acme ann null", "LEAVE acme ann null");
    assertThat(book.topics()).isZero();
    assertThat(book.members()).isZero();
  }

  @Test
  void aUserWhoIsBackInTimeNeverLeftAndKeepsItsState() {
    Attendance before = join("ann");
    book.state(ROOM, before, "{\"away\":true}");
    leave(before);
    pass(DELAY - 1);
    Attendance after = join("ann");
    pass(DELAY);
    assertThat(told).containsExactly("JOIN acme ann null", "UPDATE acme ann {\"away\":true}");
    leave(after);
    pass(DELAY - 1);
    assertThat(told).hasSize(2);
    pass(1);
    assertThat(told).hasSize(3).last().isEqualTo("LEAVE acme ann {\"away\":true}");
  }

  @Test
  void thoseWhoLeaveDoSoInTheirOrder() {
    Attendance ann = join("ann");
    Attendance bob = join("bob");
    leave(bob);
    pass(1);
    leave(ann);
    pass(DELAY);
    assertThat(told).endsWith("LEAVE acme bob null", "LEAVE acme ann null");
  }

  @Test
  void connectionsWithoutUserAreCountedAndNobodyIsTold() {
    Attendance nobody = join("");
    join("");
    leave(nobody);
    assertThat(told).isEmpty();
    assertThat(all()).isEqualTo(new PresencePage(0, 1, 1, 0, List.of(), null));
    assertThat(book.state(ROOM, nobody, "{}")).isFalse();
  }

  @Test
  void usersBeyondTheBoundAreCountedOnly() {
    join("ann");
    join("bob");
    join("cid");
    Attendance unlisted = join("dan");
    assertThat(full).isEqualTo(1);
    assertThat(told).hasSize(3);
    assertThat(book.state(ROOM, unlisted, "{}")).isFalse();
    assertThat(names(all())).containsExactly("ann", "bob", "cid");
    assertThat(all().connections()).isEqualTo(4);
    assertThat(all().unlisted()).isEqualTo(1);
    join("ann");
    assertThat(all().unlisted()).isEqualTo(1);
    leave(unlisted);
    assertThat(all().unlisted()).isZero();
    assertThat(all().connections()).isEqualTo(4);
  }

  @Test
  void aConnectionIsGivenBackWhereItWasCountedThoughRoomCameInBetween() {
    Attendance ann = join("ann");
    join("bob");
    join("cid");
    Attendance unlisted = join("dan");
    leave(ann);
    pass(DELAY);
    Attendance listed = join("dan");
    assertThat(all().members()).contains(new PresentUser("dan", 1, 1_000, null));
    leave(unlisted);
    assertThat(all().members()).contains(new PresentUser("dan", 1, 1_000, null));
    assertThat(all().unlisted()).isZero();
    leave(listed);
    pass(DELAY);
    assertThat(names(all())).containsExactly("bob", "cid");
    assertThat(all().connections()).isEqualTo(2);
  }

  @Test
  void aStateIsToldWhenItChanges() {
    Attendance ann = join("ann");
    assertThat(book.state(ROOM, ann, "{\"at\":1}")).isTrue();
    assertThat(book.state(ROOM, ann, "{\"at\":1}")).isTrue();
    assertThat(book.state(ROOM, ann, null)).isTrue();
    assertThat(told)
        .containsExactly(
            "JOIN acme ann null", "UPDATE acme ann {\"at\":1}", "UPDATE acme ann null");
  }

  @Test
  void statesAreCountedUntilTheirUserHasLeft() {
    Attendance ann = join("ann");
    book.state(ROOM, ann, "{\"at\":12}");
    assertThat(stateBytes).isEqualTo(18);
    book.state(ROOM, ann, "{}");
    assertThat(stateBytes).isEqualTo(4);
    leave(ann);
    pass(DELAY - 1);
    assertThat(stateBytes).isEqualTo(4);
    pass(1);
    assertThat(stateBytes).isZero();
  }

  @Test
  void aPageEndsAtAboutAMebibyte() {
    for (String user : List.of("ann", "bob", "cid")) {
      book.state(ROOM, join(user), "{\"a\":\"" + "x".repeat(600_000) + "\"}");
    }
    PresencePage page = book.page(ROOM, "", 100);
    assertThat(names(page)).containsExactly("ann", "bob");
    assertThat(page.next()).isEqualTo("bob");
  }

  @Test
  void pagesAreSortedByUserAndGoOnBehindTheLastOne() {
    join("cid");
    join("ann");
    Attendance bob = join("bob");
    PresencePage first = book.page(ROOM, "", 2);
    assertThat(names(first)).containsExactly("ann", "bob");
    assertThat(first.users()).isEqualTo(3);
    assertThat(first.next()).isEqualTo("bob");
    leave(bob);
    pass(DELAY);
    PresencePage second = book.page(ROOM, "bob", 2);
    assertThat(names(second)).containsExactly("cid");
    assertThat(second.next()).isNull();
    assertThat(book.page(ROOM, "", 2).next()).isNull();
  }

  @Test
  void tenantsHaveNothingInCommon() {
    TopicKey other = new TopicKey("beta", "room/1");
    join("ann");
    join(other, "ann");
    assertThat(told).containsExactly("JOIN acme ann null", "JOIN beta ann null");
    assertThat(book.page(other, "", 1).connections()).isEqualTo(1);
    assertThat(book.members()).isEqualTo(2);
  }
}

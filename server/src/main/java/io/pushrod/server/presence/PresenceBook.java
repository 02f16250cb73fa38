package io.pushrod.server.presence;

import io.pushrod.codec.command.PresencePage;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.session.Attendance;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who is on the topics of one shard.
///
/// **Thread:** the shard that owns the topics, except [#members()].
/* A user whose last connection ends stays in the list, without connections, until the delay has passed. Those who wait
 * for that stand in the order in which they will leave, because the delay is the same for all; who comes back is taken
 * out. So nobody stands there twice, and a look at those who are due costs what is due. */
public final class PresenceBook {
  private static final PresencePage NOBODY = new PresencePage(0, 0, 0, 0, List.of(), null);

  private final int most;
  private final long delayNanos;
  private final PresenceListener listener;
  private final Map<TopicKey, TopicPresence> topics = new HashMap<>();
  private final Set<Member> leaving = new LinkedHashSet<>();
  private int listed;

  /// The same for others to read.
  private volatile int members;

  public PresenceBook(PresenceSettings settings, PresenceListener listener) {
    this.most = settings.membersPerTopic();
    this.delayNanos = settings.leaveDelayNanos();
    this.listener = listener;
  }

  /// A subscription begins to count. A user's first one is a [PresenceChange#JOIN].
  public void join(TopicKey key, Attendance who, long nowMillis) {
    TopicPresence topic = topics.computeIfAbsent(key, TopicPresence::new);
    if (who.isAnonymous()) {
      topic.anonymous++;
      tellTotals(topic);
      return;
    }
    Member member = topic.members.get(who.user());
    if (member == null && topic.members.size() >= most) {
      topic.unlisted++;
      listener.onFull(topic.key);
      tellTotals(topic);
      return;
    }
    who.list();
    topic.listed++;
    if (member == null) {
      add(topic, new Member(topic, who.user(), nowMillis));
    } else {
      if (member.connections++ == 0) {
        leaving.remove(member);
      }
      listener.onPresent(key, member.shown(), false);
    }
    tellTotals(topic);
  }

  private void tellTotals(TopicPresence topic) {
    listener.onTotals(
        topic.key,
        topic.listed + topic.anonymous + topic.unlisted,
        topic.anonymous,
        topic.isEmpty());
  }

  /// Tells the listener how everybody is there.
  public void retell() {
    for (TopicPresence topic : topics.values()) {
      topic
          .members
          .values()
          .forEach(each -> listener.onPresent(topic.key, each.shown(), each.state != null));
      tellTotals(topic);
    }
  }

  private void add(TopicPresence topic, Member member) {
    member.connections = 1;
    topic.members.put(member.user, member);
    count(1);
    listener.onPresent(topic.key, member.shown(), false);
    listener.onChange(topic.key, PresenceChange.JOIN, member.shown());
  }

  /// A subscription that was [joined][#join] ends. A user's last one is a [PresenceChange#LEAVE]
  /// when the delay has passed, unless it joins again before.
  public void leave(TopicKey key, Attendance who, long nowNanos) {
    TopicPresence topic = Objects.requireNonNull(topics.get(key), "topic: nobody there");
    if (who.isListed()) {
      Member member = member(topic, who);
      topic.listed--;
      if (--member.connections == 0) {
        member.leavesNanos = nowNanos + delayNanos;
        leaving.add(member);
      }
      listener.onPresent(key, member.shown(), false);
    } else if (who.isAnonymous()) {
      topic.anonymous--;
    } else {
      topic.unlisted--;
    }
    tellTotals(topic);
    dropIfEmpty(topic);
  }

  /// Changes what a user says of itself; another state than before is a [PresenceChange#UPDATE].
  ///
  /// @param who joined, and has not left
  /// @param state a JSON object; null for none
  /// @return false for one that is counted only
  public boolean state(TopicKey key, Attendance who, @Nullable String state) {
    if (!who.isListed()) {
      return false;
    }
    TopicPresence topic = Objects.requireNonNull(topics.get(key), "topic: nobody there");
    Member member = member(topic, who);
    if (!Objects.equals(member.state, state)) {
      long before = member.stateBytes();
      member.state = state;
      listener.onPresent(key, member.shown(), true);
      listener.onStateBytes(member.stateBytes() - before);
      listener.onChange(key, PresenceChange.UPDATE, member.shown());
    }
    return true;
  }

  private static Member member(TopicPresence topic, Attendance who) {
    return Objects.requireNonNull(topic.members.get(who.user()), "user: not there");
  }

  /// Ends the stay of those who did not come back in time.
  public void expire(long nowNanos) {
    for (Iterator<Member> next = leaving.iterator(); next.hasNext(); ) {
      Member member = next.next();
      if (member.leavesNanos - nowNanos > 0) {
        return;
      }
      next.remove();
      member.topic.members.remove(member.user);
      count(-1);
      listener.onStateBytes(-member.stateBytes());
      dropIfEmpty(member.topic);
      listener.onGone(member.topic.key, member.user);
      tellTotals(member.topic);
      listener.onChange(member.topic.key, PresenceChange.LEAVE, member.shown());
    }
  }

  private void dropIfEmpty(TopicPresence topic) {
    if (topic.isEmpty()) {
      topics.remove(topic.key);
    }
  }

  private void count(int change) {
    listed += change;
    members = listed;
  }

  /// Who is on a topic.
  ///
  /// @param after the user behind whom the page begins; empty for the first
  /// @param limit the most users, at least 1
  public PresencePage page(TopicKey key, String after, int limit) {
    TopicPresence topic = topics.get(key);
    return topic == null ? NOBODY : topic.page(after, limit);
  }

  /// Users in all lists, one of several topics as often. **Thread:** any.
  public int members() {
    return members;
  }

  /// Topics on which somebody is.
  int topics() {
    return topics.size();
  }
}

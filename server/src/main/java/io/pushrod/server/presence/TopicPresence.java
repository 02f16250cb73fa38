package io.pushrod.server.presence;

import io.pushrod.codec.command.PresencePage;
import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.log.TopicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Who is on one topic.
final class TopicPresence {
  /// About where a page ends, whatever its limit.
  private static final int PAGE_CHARS = 1 << 20;

  private static final int MEMBER_CHARS = 64;

  final TopicKey key;
  final NavigableMap<String, Member> members = new TreeMap<>();
  int listed;
  int anonymous;
  int unlisted;

  TopicPresence(TopicKey key) {
    this.key = key;
  }

  boolean isEmpty() {
    return members.isEmpty() && anonymous == 0 && unlisted == 0;
  }

  PresencePage page(String after, int limit) {
    List<PresentUser> page = new ArrayList<>();
    boolean more = false;
    int chars = 0;
    for (Member member : members.tailMap(after, false).values()) {
      if (page.size() == limit || chars >= PAGE_CHARS) {
        more = true;
        break;
      }
      page.add(member.shown());
      chars += MEMBER_CHARS + member.user.length();
      chars += member.state == null ? 0 : member.state.length();
    }
    return new PresencePage(
        members.size(),
        listed + anonymous + unlisted,
        anonymous,
        unlisted,
        page,
        more ? page.getLast().user() : null);
  }
}

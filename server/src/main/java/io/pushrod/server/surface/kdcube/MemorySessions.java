package io.pushrod.server.surface.kdcube;

import io.pushrod.server.metrics.Counter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Sessions in memory, up to a bound: then the one that was not asked for longest goes, an
/// anonymous one first.
///
/// **Thread:** any; one lock, held for a few map operations.
final class MemorySessions implements SessionStore {
  /// Whose session it is. One fingerprint has one session, one user too.
  private record Key(String tenant, boolean anonymous, String who) {}

  private static final class Entry {
    UserSession session;
    long seenMillis;

    Entry(UserSession session, long seenMillis) {
      this.session = session;
      this.seenMillis = seenMillis;
    }
  }

  private final int capacity;
  private final long lifeMillis;

  private final Map<String, Key> keys = new HashMap<>();

  /// In the order of last use.
  private final LinkedHashMap<Key, Entry> anonymous = new LinkedHashMap<>(16, 0.75f, true);

  private final LinkedHashMap<Key, Entry> users = new LinkedHashMap<>(16, 0.75f, true);

  /// @param capacity how many sessions are kept
  /// @param lifeMillis how long one lives without being asked for
  MemorySessions(int capacity, long lifeMillis) {
    this.capacity = capacity;
    this.lifeMillis = lifeMillis;
  }

  @Override
  public synchronized @Nullable UserSession find(String id, Moment now) {
    Key key = keys.get(id);
    Entry entry = key == null ? null : live(key, now.millis());
    return entry == null ? null : entry.session;
  }

  @Override
  public synchronized UserSession anonymous(String tenant, String fingerprint, Moment now) {
    Key key = new Key(tenant, true, fingerprint);
    Entry known = live(key, now.millis());
    return known != null
        ? known.session
        : add(key, UserType.ANONYMOUS, List.of(), fingerprint, now);
  }

  @Override
  public synchronized UserSession user(
      String tenant,
      String user,
      UserType type,
      List<String> roles,
      String fingerprint,
      Moment now) {
    Key key = new Key(tenant, false, user);
    Entry known = live(key, now.millis());
    if (known == null) {
      return add(key, type, roles, fingerprint, now);
    }
    if (known.session.type() != type || !known.session.roles().equals(roles)) {
      known.session = known.session.with(type, roles);
    }
    return known.session;
  }

  synchronized int size() {
    return keys.size();
  }

  private Map<Key, Entry> table(Key key) {
    return key.anonymous() ? anonymous : users;
  }

  private @Nullable Entry live(Key key, long nowMillis) {
    Entry entry = table(key).get(key);
    if (entry == null) {
      return null;
    }
    if (isOver(entry, nowMillis)) {
      table(key).remove(key);
      keys.remove(entry.session.id());
      return null;
    }
    entry.seenMillis = nowMillis;
    return entry;
  }

  private boolean isOver(Entry entry, long nowMillis) {
    return nowMillis - entry.seenMillis >= lifeMillis;
  }

  private UserSession add(
      Key key, UserType type, List<String> roles, String fingerprint, Moment now) {
    forgetOld(anonymous, now.millis());
    forgetOld(users, now.millis());
    while (keys.size() >= capacity) {
      forgetEldest(anonymous.isEmpty() ? users : anonymous);
      now.metrics().count(Counter.LIMIT_SURFACE_SESSIONS);
    }
    UserSession session =
        new UserSession(
            UUID.randomUUID().toString(),
            key.tenant(),
            type,
            key.anonymous() ? "" : key.who(),
            roles,
            fingerprint,
            now.millis(),
            new SendRate());
    table(key).put(key, new Entry(session, now.millis()));
    keys.put(session.id(), key);
    return session;
  }

  private void forgetOld(SequencedMap<Key, Entry> table, long nowMillis) {
    while (!table.isEmpty() && isOver(table.firstEntry().getValue(), nowMillis)) {
      forgetEldest(table);
    }
  }

  private void forgetEldest(SequencedMap<Key, Entry> table) {
    Map.Entry<Key, Entry> eldest = table.pollFirstEntry();
    if (eldest != null) {
      keys.remove(eldest.getValue().session.id());
    }
  }
}

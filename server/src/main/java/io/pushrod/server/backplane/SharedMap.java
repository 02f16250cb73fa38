package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.ScriptOutputType;
import io.pushrod.server.storage.SharedRecords;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A hash in Redis of which every server has a copy.
///
/// **Thread:** any; its work is done on the bus's.
/* Each change gives the hash another version, and is told to the others with it. Who sees that the next version is not
 * the next one, and who finds, once a second, that Redis has another version than itself, reads all anew. The hash has a
 * random id from its beginning. When that is another one, or the version an earlier one, Redis has forgotten something: then
 * each server puts back what it knows and Redis does not. */
public final class SharedMap implements SharedRecords {
  private static final long LOOK_MILLIS = 500;
  private static final long ANSWER_MILLIS = 2_000;

  private static final String LOAD =
      """
      local id = redis.call('HGET', KEYS[2], 'id') or ''
      local version = tonumber(redis.call('HGET', KEYS[2], 'v') or '0')
      local out = {id, version}
      if id == ARGV[1] and version == tonumber(ARGV[2]) then
        return out
      end
      out[3] = 1
      local all = redis.call('HGETALL', KEYS[1])
      for i = 1, #all do
        out[3 + i] = all[i]
      end
      return out
      """;

  /// Answers with the version before and after.
  private static final String CHANGE =
      """
      local id = redis.call('HGET', KEYS[2], 'id')
      if not id then
        id = ARGV[1]
        redis.call('HSET', KEYS[2], 'id', id)
      end
      local version = tonumber(redis.call('HGET', KEYS[2], 'v') or '0')
      local old = redis.call('HGET', KEYS[1], ARGV[3])
      if ARGV[2] == 'put' then
        if old == ARGV[4] then
          return {id, version, version}
        end
        redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
      else
        if not old then
          return {id, version, version}
        end
        redis.call('HDEL', KEYS[1], ARGV[3])
      end
      return {id, version, redis.call('HINCRBY', KEYS[2], 'v', 1)}
      """;

  /// A change of this server's that Redis does not have yet.
  ///
  /// @param value null to remove
  @SuppressWarnings("ArrayRecordComponent") // never compared but by identity
  private record Change(
      String key, byte @Nullable [] value, List<CompletableFuture<Boolean>> answers) {}

  private final RedisLink link;
  private final ClusterBus bus;
  private final String kind;
  private final List<byte[]> keys;
  private final CompletableFuture<Boolean> begun = new CompletableFuture<>();
  private Map<String, byte[]> records = new HashMap<>();
  private final LinkedHashMap<String, Change> pending = new LinkedHashMap<>();
  private @Nullable Listener listener;
  private String id = "";
  private long version;
  private boolean known;
  private boolean wantsLoad;
  private boolean busy;

  public SharedMap(RedisLink link, ClusterBus bus, String name) {
    this.link = link;
    this.bus = bus;
    this.kind = "map." + name;
    this.keys =
        List.of(link.key("map", name).getBytes(UTF_8), link.key("map-meta", name).getBytes(UTF_8));
  }

  @Override
  public CompletionStage<Boolean> begin(Map<String, byte[]> remembered, Listener told) {
    bus.on(kind, (_, bytes) -> onTold(bytes));
    bus.execute(
        () -> {
          listener = told;
          records = new HashMap<>(remembered);
          load();
        });
    bus.onLost(_ -> load());
    bus.onReconnected(this::look);
    bus.every(LOOK_MILLIS, this::look);
    return begun.copy().completeOnTimeout(false, ANSWER_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public CompletionStage<Boolean> put(String key, byte[] value) {
    return change(key, value);
  }

  @Override
  public CompletionStage<Boolean> remove(String key) {
    return change(key, null);
  }

  private CompletionStage<Boolean> change(String key, byte @Nullable [] value) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    bus.execute(
        () -> {
          Change before = pending.remove(key);
          List<CompletableFuture<Boolean>> answers =
              before == null ? new ArrayList<>(1) : before.answers();
          answers.add(answer);
          pending.put(key, new Change(key, value, answers));
          proceed();
        });
    return answer.completeOnTimeout(false, ANSWER_MILLIS, TimeUnit.MILLISECONDS);
  }

  // One command at a time, so that no answer is older than what is known by then.

  private void look() {
    load();
  }

  private void load() {
    wantsLoad = true;
    proceed();
  }

  private void proceed() {
    if (busy || listener == null) {
      return;
    }
    if (wantsLoad) {
      wantsLoad = false;
      busy = true;
      long since = version;
      Scripts.<List<?>>eval(
              link, LOAD, ScriptOutputType.MULTI, keys, bytes(id), bytes(Long.toString(version)))
          .whenComplete((reply, failure) -> bus.execute(() -> onLoaded(since, reply, failure)));
    } else if (known && !pending.isEmpty()) {
      busy = true;
      store(pending.firstEntry().getValue());
    }
  }

  private void onLoaded(long since, @Nullable List<?> reply, @Nullable Throwable failure) {
    busy = false;
    if (reply == null || failure != null) {
      return; // it is tried again
    }
    if (version != since) {
      load(); // others told of a change meanwhile
      return;
    }
    String newId = text(reply.getFirst());
    long newVersion = (Long) reply.get(1);
    if (reply.size() > 2) {
      Map<String, byte[]> stored = new HashMap<>();
      for (int i = 3; i + 1 < reply.size(); i += 2) {
        stored.put(text(reply.get(i)), (byte[]) reply.get(i + 1));
      }
      boolean forgot = newId.isEmpty() || (known && (!newId.equals(id) || newVersion < version));
      replace(stored, forgot);
      id = newId;
      version = newVersion;
    } else if (newId.isEmpty() && !known) {
      replace(Map.of(), true);
    }
    known = true;
    begun.complete(true);
    proceed();
  }

  /// @param forgot whether what is missing was forgotten by Redis, and not removed
  private void replace(Map<String, byte[]> stored, boolean forgot) {
    Map<String, byte[]> before = records;
    records = new HashMap<>(stored);
    stored.forEach(
        (key, value) -> {
          if (!Arrays.equals(before.get(key), value)) {
            tell(key, value);
          }
        });
    before.forEach(
        (key, value) -> {
          if (!stored.containsKey(key)) {
            if (forgot) {
              records.put(key, value);
              pending.putIfAbsent(key, new Change(key, value, new ArrayList<>()));
            } else {
              tell(key, null);
            }
          }
        });
  }

  /// What this server itself is about to change counts already.
  private void tell(String key, byte @Nullable [] value) {
    Listener to = listener;
    if (to == null || pending.containsKey(key)) {
      return;
    }
    if (value == null) {
      to.onRemove(key);
    } else {
      to.onPut(key, value);
    }
  }

  // Changing.

  private void store(Change next) {
    byte[] value = next.value();
    Scripts.<List<?>>eval(
            link,
            CHANGE,
            ScriptOutputType.MULTI,
            keys,
            bytes(UUID.randomUUID().toString()),
            bytes(value == null ? "remove" : "put"),
            bytes(next.key()),
            value == null ? new byte[0] : value)
        .whenComplete((reply, failure) -> bus.execute(() -> onStored(next, reply, failure)));
  }

  private void onStored(Change change, @Nullable List<?> reply, @Nullable Throwable failure) {
    busy = false;
    if (reply == null || failure != null) {
      return; // it is tried again
    }
    String storedId = text(reply.getFirst());
    long before = (Long) reply.get(1);
    long after = (Long) reply.get(2);
    if (change.equals(pending.get(change.key()))) {
      pending.remove(change.key());
      change.answers().forEach(answer -> answer.complete(true));
    }
    apply(storedId, before, after, change.key(), change.value());
    bus.broadcast(kind, notice(storedId, after, change));
    proceed();
  }

  /// Takes over a change if it is the next one, else all that is stored.
  private void apply(String at, long before, long after, String key, byte @Nullable [] value) {
    boolean fresh = id.isEmpty() && before == 0;
    if ((!fresh && !at.equals(id)) || before != version || after > before + 1) {
      load();
      return;
    }
    id = at;
    version = after;
    if (value == null) {
      records.remove(key);
    } else {
      records.put(key, value);
    }
  }

  // Telling the others.

  private static byte[] notice(String at, long version, Change change) {
    byte[] id = bytes(at);
    byte[] key = bytes(change.key());
    byte[] value = change.value();
    int size = 8 + 4 + id.length + 4 + key.length + 1 + (value == null ? 0 : value.length);
    ByteBuffer out = ByteBuffer.allocate(size).putLong(version);
    out.putInt(id.length).put(id).putInt(key.length).put(key);
    out.put((byte) (value == null ? 0 : 1));
    if (value != null) {
      out.put(value);
    }
    return out.array();
  }

  private void onTold(byte[] bytes) {
    if (listener == null || !known) {
      return;
    }
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      long after = in.getLong();
      String at = text(part(in, in.getInt()));
      String key = text(part(in, in.getInt()));
      byte[] value = in.get() == 0 ? null : part(in, in.remaining());
      if (after <= version && at.equals(id)) {
        return;
      }
      byte[] old = records.get(key);
      apply(at, after - 1, after, key, value);
      if (version == after && !Arrays.equals(old, value)) {
        tell(key, value);
      }
    } catch (BufferUnderflowException e) {
      load();
    }
  }

  private static byte[] part(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }
}

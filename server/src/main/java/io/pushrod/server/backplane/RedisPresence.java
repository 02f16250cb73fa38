package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.ScriptOutputType;
import io.pushrod.codec.command.PresencePage;
import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.presence.ClusterPresence;
import io.pushrod.server.presence.PresenceChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Who is on topics over all servers: a hash per topic in Redis, of what each server's life has
/// told.
///
/// **Thread:** any; its work is done on the bus's.
/* A server tells how things are, not what happened, one script a topic at a time; what changes meanwhile goes together in
 * the next. The script counts on how many servers a user is, and so knows who is the first and the last: the server whose
 * script that was tells the readers. It is repeated until its answer is known. Before its first script of a topic a server
 * puts the topic on the list of its life; when it dies, another goes through the list. */
public final class RedisPresence implements ClusterPresence {
  private static final long RETRY_MILLIS = 500;

  /// Users that one script names.
  private static final int PER_CALL = 500;

  /// Says to those who read a topic what became of a user.
  @FunctionalInterface
  public interface Announcer {
    void announce(TopicKey topic, PresenceChange change, PresentUser who);
  }

  /// What this server has to tell of one topic.
  private static final class Told {
    final TopicKey key;

    /// By user, how it is there; null when it is gone.
    Map<String, @Nullable Entry> dirty = new LinkedHashMap<>();

    int connections;
    int anonymous;
    boolean isEmpty;
    boolean isChanged;
    boolean underWay;

    /// What is under way or failed, to be repeated as it was.
    @Nullable Map<String, @Nullable Entry> sent;

    @Nullable String listedFor;
    final List<Runnable> waiting = new ArrayList<>();

    Told(TopicKey key) {
      this.key = key;
    }
  }

  private record Entry(PresentUser who, boolean stateChanged) {}

  private final RedisLink link;
  private final ClusterBus bus;
  private final int membersPerTopic;
  private final Announcer announcer;
  private final Map<TopicKey, Told> topics = new HashMap<>();

  private RedisPresence(RedisLink link, ClusterBus bus, int membersPerTopic, Announcer announcer) {
    this.link = link;
    this.bus = bus;
    this.membersPerTopic = membersPerTopic;
    this.announcer = announcer;
  }

  /// Begins to count over all servers.
  ///
  /// @param membersPerTopic users that a topic's list has over all servers
  /// @param retell asks for everything that is so on this server
  public static RedisPresence start(
      RedisLink link, ClusterBus bus, int membersPerTopic, Announcer announcer, Runnable retell) {
    RedisPresence presence = new RedisPresence(link, bus, membersPerTopic, announcer);
    bus.onNewLife(retell::run);
    bus.onGone(presence::reap);
    bus.every(RETRY_MILLIS, presence::retry);
    return presence;
  }

  // Telling.

  @Override
  public void present(TopicKey topic, PresentUser who, boolean stateChanged) {
    change(
        topic,
        told -> {
          Entry before = told.dirty.get(who.user());
          told.dirty.put(
              who.user(),
              new Entry(who, stateChanged || (before != null && before.stateChanged())));
        });
  }

  @Override
  public void gone(TopicKey topic, String user) {
    change(topic, told -> told.dirty.put(user, null));
  }

  @Override
  public void totals(TopicKey topic, int connections, int anonymous, boolean isEmpty) {
    change(
        topic,
        told -> {
          told.connections = connections;
          told.anonymous = anonymous;
          told.isEmpty = isEmpty;
        });
  }

  private void change(TopicKey topic, Consumer<Told> change) {
    bus.execute(
        () -> {
          Told told = topics.computeIfAbsent(topic, Told::new);
          change.accept(told);
          told.isChanged = true;
          proceed(told);
        });
  }

  private void retry() {
    List.copyOf(topics.values()).forEach(this::proceed);
  }

  private void proceed(Told told) {
    if (told.underWay) {
      return;
    }
    if (!told.isChanged && told.sent == null) {
      rest(told);
      return;
    }
    told.underWay = true;
    String life = bus.life();
    if (life.equals(told.listedFor)) {
      send(told, life);
      return;
    }
    attempt(() -> link.commands().sadd(list(life), name(told.key)))
        .whenComplete(
            (_, failure) ->
                bus.execute(
                    () -> {
                      if (failure == null) {
                        told.listedFor = life;
                        send(told, life);
                      } else {
                        failed(told);
                      }
                    }));
  }

  private void send(Told told, String life) {
    boolean again = told.sent != null;
    Map<String, @Nullable Entry> sent = told.sent;
    if (sent == null) {
      sent = told.dirty;
      told.dirty = new LinkedHashMap<>();
      List<String> names = List.copyOf(sent.keySet());
      for (String later : names.subList(Math.min(PER_CALL, names.size()), names.size())) {
        told.dirty.put(later, sent.remove(later));
      }
      told.sent = sent;
    }
    told.isChanged = !told.dirty.isEmpty();
    boolean empty = told.isEmpty && !told.isChanged;
    List<byte[]> values = new ArrayList<>();
    values.add(bytes(life));
    values.add(bytes(again ? "1" : "0"));
    values.add(bytes(Integer.toString(membersPerTopic)));
    values.add(bytes(empty ? "" : told.connections + ":" + told.anonymous));
    Map<String, @Nullable Entry> all = sent;
    all.forEach((user, entry) -> add(values, user, entry));
    Scripts.<List<?>>eval(
            link,
            PresenceScripts.TELL,
            ScriptOutputType.MULTI,
            List.of(key(told.key)),
            values.toArray(byte[][]::new))
        .whenComplete(
            (reply, failure) ->
                bus.execute(
                    () -> {
                      if (reply == null || failure != null) {
                        failed(told);
                      } else {
                        onTold(told, all, reply, empty);
                      }
                    }));
  }

  private static void add(List<byte[]> values, String user, @Nullable Entry entry) {
    values.add(bytes(user));
    values.add(bytes(entry == null ? "gone" : "here"));
    values.add(bytes(entry == null ? "0" : Integer.toString(entry.who().connections())));
    values.add(bytes(entry == null ? "0" : Long.toString(entry.who().sinceMillis())));
    values.add(bytes(entry != null && entry.stateChanged() ? "1" : "0"));
    String state = entry == null ? null : entry.who().state();
    values.add(bytes(state == null ? "" : state));
  }

  /// It is tried again soon; who waits for it learns that it cannot be known now.
  private void failed(Told told) {
    told.underWay = false;
    rest(told);
  }

  private void rest(Told told) {
    List<Runnable> waiting = List.copyOf(told.waiting);
    told.waiting.clear();
    waiting.forEach(Runnable::run);
    if (told.isEmpty && !told.isChanged && told.sent == null && !told.underWay) {
      topics.remove(told.key, told);
    }
  }

  private void onTold(Told told, Map<String, @Nullable Entry> sent, List<?> reply, boolean empty) {
    told.underWay = false;
    told.sent = null;
    int i = 0;
    for (String user : sent.keySet()) {
      announce(told.key, user, reply, i);
      i += 4;
    }
    String life = told.listedFor;
    if (empty && !told.isChanged && life != null) {
      told.listedFor = null;
      var _ = attempt(() -> link.commands().srem(list(life), name(told.key)));
    }
    proceed(told);
  }

  private void announce(TopicKey key, String user, List<?> reply, int at) {
    PresenceChange change =
        switch (text(reply.get(at))) {
          case "join" -> PresenceChange.JOIN;
          case "leave" -> PresenceChange.LEAVE;
          case "update" -> PresenceChange.UPDATE;
          default -> null;
        };
    if (change != null) {
      String state = text(reply.get(at + 3));
      announcer.announce(
          key,
          change,
          new PresentUser(
              user,
              Integer.parseInt(text(reply.get(at + 1))),
              Long.parseLong(text(reply.get(at + 2))),
              state.isEmpty() ? null : state));
    }
  }

  // Asking.

  @Override
  public CompletionStage<PresencePage> page(TopicKey topic, String after, int limit) {
    CompletableFuture<PresencePage> answer = new CompletableFuture<>();
    if (link.obstacle() != null) {
      answer.completeExceptionally(new IllegalStateException("redis: away"));
      return answer;
    }
    bus.execute(
        () -> {
          Told told = topics.get(topic);
          if (told == null || (!told.underWay && !told.isChanged)) {
            read(topic, after, limit, answer);
          } else {
            told.waiting.add(() -> read(topic, after, limit, answer));
          }
        });
    return answer;
  }

  private void read(
      TopicKey topic, String after, int limit, CompletableFuture<PresencePage> answer) {
    var _ =
        attempt(() -> link.commands().hgetall(key(topic)))
            .whenComplete(
                (fields, failure) -> {
                  if (failure == null) {
                    answer.complete(PresenceScripts.page(fields, after, limit));
                  } else {
                    answer.completeExceptionally(failure);
                  }
                });
  }

  // The dead.

  private CompletionStage<?> reap(String life) {
    return attempt(() -> link.commands().smembers(list(life)))
        .thenCompose(
            names -> {
              CompletableFuture<?>[] all =
                  names.stream()
                      .map(name -> reap(life, topic(name)).toCompletableFuture())
                      .toArray(CompletableFuture<?>[]::new);
              return CompletableFuture.allOf(all);
            })
        .thenCompose(_ -> attempt(() -> link.commands().del(list(life))));
  }

  private CompletionStage<?> reap(String life, TopicKey topic) {
    return Scripts.<List<?>>eval(
            link, PresenceScripts.REAP, ScriptOutputType.MULTI, List.of(key(topic)), bytes(life))
        .thenAccept(
            left -> {
              for (int i = 0; i + 2 < left.size(); i += 3) {
                String state = text(left.get(i + 2));
                announcer.announce(
                    topic,
                    PresenceChange.LEAVE,
                    new PresentUser(
                        text(left.get(i)),
                        0,
                        Long.parseLong(text(left.get(i + 1))),
                        state.isEmpty() ? null : state));
              }
            });
  }

  // Names.

  private static <T> CompletionStage<T> attempt(Supplier<CompletionStage<T>> command) {
    try {
      return command.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private byte[] key(TopicKey topic) {
    return bytes(link.key("presence", topic.tenant() + ':' + topic.name()));
  }

  private byte[] list(String life) {
    return bytes(link.key("presence-of", life));
  }

  private static byte[] name(TopicKey topic) {
    return bytes(topic.tenant() + '\n' + topic.name());
  }

  private static TopicKey topic(byte[] name) {
    String[] parts = text(name).split("\n", 2);
    return new TopicKey(parts[0], parts[1]);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }
}

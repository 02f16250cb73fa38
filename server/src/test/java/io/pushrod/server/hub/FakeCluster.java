package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.EventRecord;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.ClusterTopics;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A store of several servers, all on one thread, which does what waits when the test says so.
final class FakeCluster implements ClusterTopics {
  private static final class Stored {
    long epoch;
    @Nullable Readers readers;
    final List<byte[]> records = new ArrayList<>();
    final Map<String, Long> producers = new HashMap<>();
  }

  private final Map<TopicKey, Stored> topics = new HashMap<>();
  private final Map<TopicKey, List<Feed>> feeds = new HashMap<>();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private long epochs = 100;
  boolean full;

  boolean proceed() {
    boolean any = !waiting.isEmpty();
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
    return any;
  }

  int followers(TopicKey key) {
    return feeds.getOrDefault(key, List.of()).size();
  }

  /// All of a topic is gone, as after a failover that lost it.
  void lose(TopicKey key) {
    topics.remove(key);
    for (Feed feed : feeds.getOrDefault(key, List.of())) {
      feed.onLost();
      feed.onOpened(opened(key));
    }
  }

  private Stored stored(TopicKey key) {
    Stored stored = topics.computeIfAbsent(key, _ -> new Stored());
    if (stored.epoch == 0) {
      stored.epoch = ++epochs;
    }
    return stored;
  }

  private StoredTopic opened(TopicKey key) {
    Stored stored = stored(key);
    return new StoredTopic(
        stored.epoch,
        1,
        stored.records.size(),
        false,
        stored.records.stream().anyMatch(each -> (each[0] & EventRecord.KEEPS) != 0),
        stored.readers,
        List.of(),
        RecordPage.empty(1));
  }

  @Override
  public void append(
      TopicKey key, Publication event, ByteBuf record, @Nullable Sender sender, Appending answer) {
    byte[] bytes = ByteBufUtil.getBytes(record);
    waiting.add(
        () -> {
          Stored stored = stored(key);
          if (isDuplicate(stored, sender)) {
            answer.onAppended(0, stored.epoch);
            return;
          }
          stored.records.add(bytes);
          answer.onAppended(stored.records.size(), stored.epoch);
          RecordPage page = page(stored, stored.records.size());
          feeds.getOrDefault(key, List.of()).forEach(feed -> feed.onRecords(page));
        });
  }

  private static boolean isDuplicate(Stored stored, @Nullable Sender sender) {
    if (sender == null) {
      return false;
    }
    String id = sender.producer().id();
    boolean known = stored.producers.getOrDefault(id, 0L) >= sender.sequence();
    if (!known) {
      stored.producers.put(id, sender.sequence());
    }
    return known;
  }

  private static RecordPage page(Stored stored, long from) {
    RecordPage.Builder page = new RecordPage.Builder(from);
    for (long s = from; s <= stored.records.size(); s++) {
      page.out().writeBytes(stored.records.get((int) s - 1));
      page.add();
    }
    return page.build(1, List.of());
  }

  @Override
  public void declare(TopicKey key, Readers readers, @Nullable Sender sender, Appending answer) {
    waiting.add(
        () -> {
          Stored stored = stored(key);
          if (!isDuplicate(stored, sender)) {
            stored.readers = readers;
            feeds.getOrDefault(key, List.of()).forEach(feed -> feed.onDeclared(readers));
          }
          answer.onAppended(0, 0);
        });
  }

  @Override
  public void signal(TopicKey key, ByteBuf record) {
    ByteBuf copy = Unpooled.copiedBuffer(record);
    waiting.add(() -> feeds.getOrDefault(key, List.of()).forEach(feed -> feed.onSignal(copy)));
  }

  @Override
  public void follow(TopicKey key, int tailBytes, Feed feed) {
    feeds.computeIfAbsent(key, _ -> new ArrayList<>()).add(feed);
    waiting.add(() -> feed.onOpened(opened(key)));
  }

  @Override
  public void unfollow(TopicKey key) {
    feeds.remove(key);
  }

  @Override
  public boolean isOut() {
    return obstacle() != null;
  }

  @Override
  public boolean isFull() {
    return full;
  }

  @Override
  public void open(TopicKey key, int tailBytes, Consumer<Opened> answer) {
    waiting.add(
        () ->
            answer.accept(
                topics.containsKey(key) ? new Opened.Found(opened(key)) : new Opened.None()));
  }

  @Override
  public void read(TopicKey key, long from, int maxBytes, Consumer<Answer> answer) {
    waiting.add(() -> answer.accept(new Answer.Read(page(stored(key), from))));
  }

  @Override
  public @Nullable String obstacle() {
    return full ? "full" : null;
  }

  @Override
  public void close() {}
}

package io.pushrod.server.surface.asset;

import io.pushrod.server.asset.AssetMeta;
import io.pushrod.server.asset.AssetPath;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Who may read, remove and attach an asset.
///
/// **Thread:** the shard that asks.
final class AssetAccess {
  private static final String RUN = "run/";

  private final Desks desks;

  AssetAccess(Desks desks) {
    this.desks = desks;
  }

  /// The topics of a run and a thread; empty texts are none.
  static List<String> topics(String run, String thread) {
    List<String> topics = new ArrayList<>(2);
    if (!run.isEmpty()) {
      topics.add(RUN + run);
    }
    if (!thread.isEmpty()) {
      topics.add("thread/" + thread);
    }
    return topics;
  }

  /// Its uploader, whoever may read its run or its thread, and whoever has a grant for it.
  void mayRead(
      Shard shard, Identity who, AssetPath path, AssetMeta meta, Consumer<Boolean> answer) {
    if (isUploader(who, meta) || who.subscribe().allows(path.grant())) {
      answer.accept(true);
    } else {
      mayRead(shard, who, topics(meta.run(), meta.thread()), true, answer);
    }
  }

  /// Its uploader, and whoever may write it.
  static boolean mayRemove(Identity who, AssetPath path, AssetMeta meta) {
    return isUploader(who, meta) || mayWrite(who, path);
  }

  static boolean mayWrite(Identity who, AssetPath path) {
    return who.publish().allows(path.grant());
  }

  /// Whoever may publish to, or at least read, each of the topics.
  void mayAttach(Shard shard, Identity who, List<String> topics, Consumer<Boolean> answer) {
    List<String> left = topics.stream().filter(topic -> !who.publish().allows(topic)).toList();
    mayRead(shard, who, left, false, answer);
  }

  private static boolean isUploader(Identity who, AssetMeta meta) {
    return !meta.user().isEmpty() && meta.user().equals(who.user());
  }

  /// Asks topic by topic until one answers `decisive`.
  private void mayRead(
      Shard shard, Identity who, List<String> topics, boolean decisive, Consumer<Boolean> answer) {
    if (topics.isEmpty()) {
      answer.accept(!decisive);
    } else {
      mayRead(
          shard,
          who,
          topics.getFirst(),
          may -> {
            if (may == decisive) {
              answer.accept(decisive);
            } else {
              mayRead(shard, who, topics.subList(1, topics.size()), decisive, answer);
            }
          });
    }
  }

  private void mayRead(Shard shard, Identity who, String topic, Consumer<Boolean> answer) {
    if (started(who, topic)) {
      answer.accept(true);
    } else if (shard.readership().isOwned(topic)) {
      shard.read(
          new TopicKey(who.tenant(), topic),
          log -> answer.accept(shard.readership().admits(who, topic, log)));
    } else {
      answer.accept(who.subscribe().allows(topic));
    }
  }

  private boolean started(Identity who, String topic) {
    RunView run =
        topic.startsWith(RUN) ? desks.find(who.tenant(), topic.substring(RUN.length())) : null;
    return run != null && !run.user().isEmpty() && run.user().equals(who.user());
  }
}

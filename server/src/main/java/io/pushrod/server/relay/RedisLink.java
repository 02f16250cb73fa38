package io.pushrod.server.relay;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.Limit;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.Range;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The two connections of one row to its Redis, from the attempt to make them to their end: one for
/// channels, one for commands. It is used once; who comes back makes another.
///
/// **Thread:** any; commands of one caller are done in the order of its calls.
/* The library would reconnect and subscribe anew by itself. It does neither here: what is wanted may have changed
 * meanwhile, streams are to be read again, and both are to be seen and counted. */
final class RedisLink {
  /// **Thread:** one of Redis's own; must only hand over.
  interface Listener {
    /// Both connections stand.
    void onUp(RedisLink link);

    /// It could not be made, or broke, or was closed. Called once; nothing follows.
    void onDown(RedisLink link);

    void onMessage(RedisLink link, String channel, Hearsay message);

    /// @param count channels of the connection, with this one
    void onSubscribed(RedisLink link, String channel, long count);

    void onUnsubscribed(RedisLink link, String channel);
  }

  /// One entry of a stream.
  record Entry(String id, Hearsay message) {}

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final String FIELD = "data";

  private final Listener listener;
  private final AtomicBoolean down = new AtomicBoolean();
  private volatile String why = "";
  private volatile CompletableFuture<Void> gone = CompletableFuture.completedFuture(null);
  private final CompletableFuture<StatefulRedisPubSubConnection<String, Hearsay>> channels;
  private final CompletableFuture<StatefulRedisConnection<String, Hearsay>> commands;

  /// A client for one row.
  static RedisClient client(ClientResources resources) {
    RedisClient client = RedisClient.create(resources);
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .timeoutOptions(TimeoutOptions.enabled(ANSWER))
            .socketOptions(SocketOptions.builder().connectTimeout(CONNECT).keepAlive(true).build())
            .maintNotificationsConfig(MaintNotificationsConfig.disabled())
            .build());
    return client;
  }

  /// Begins to connect; the listener hears how it goes from [#open] on.
  RedisLink(RedisClient client, RedisURI uri, int maxBytes, Listener listener) {
    this.listener = listener;
    HearsayCodec codec = new HearsayCodec(maxBytes);
    channels = client.connectPubSubAsync(codec, uri).toCompletableFuture();
    commands = client.connectAsync(codec, uri).toCompletableFuture();
  }

  /// Tells the listener how it goes.
  void open() {
    channels.thenAcceptBoth(commands, this::onConnected).exceptionally(this::onFailed);
  }

  private void onConnected(
      StatefulRedisPubSubConnection<String, Hearsay> toChannels,
      StatefulRedisConnection<String, Hearsay> toCommands) {
    toChannels.addListener(new Ears());
    listener.onUp(this);
    watch(toChannels);
    watch(toCommands);
  }

  private void watch(StatefulConnection<?, ?> connection) {
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> broken) {
            var _ = close();
          }
        });
    if (!connection.isOpen()) {
      var _ = close();
    }
  }

  private @Nullable Void onFailed(Throwable failure) {
    why = reason(failure);
    var _ = close();
    return null;
  }

  /// What Redis calls an error, or the kind of any other; never a text that might quote the URL.
  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String text = String.valueOf(root.getMessage());
    return root instanceof RedisCommandExecutionException && text.matches("[A-Z]+ .*")
        ? text.substring(0, text.indexOf(' '))
        : root.getClass().getSimpleName();
  }

  /// Why it could not be made, such as `WRONGPASS`; empty when it could.
  String why() {
    return why;
  }

  private final class Ears extends RedisPubSubAdapter<String, Hearsay> {
    @Override
    public void message(String channel, Hearsay message) {
      listener.onMessage(RedisLink.this, channel, message);
    }

    @Override
    public void subscribed(String channel, long count) {
      listener.onSubscribed(RedisLink.this, channel, count);
    }

    @Override
    public void unsubscribed(String channel, long count) {
      listener.onUnsubscribed(RedisLink.this, channel);
    }
  }

  // While it stands.

  /// @return completed when Redis has subscribed them, or failed
  CompletionStage<Void> subscribe(List<String> names) {
    return channels.join().async().subscribe(names.toArray(String[]::new));
  }

  CompletionStage<Void> unsubscribe(List<String> names) {
    return channels.join().async().unsubscribe(names.toArray(String[]::new));
  }

  /// Whether the connection for channels answers.
  CompletionStage<String> ping() {
    return channels.join().async().ping();
  }

  /// Reads a stream.
  ///
  /// @param after the id of the last entry that is known; null for none
  CompletionStage<List<Entry>> read(String key, @Nullable String after, int limit) {
    Range.Boundary<String> from =
        after == null ? Range.Boundary.unbounded() : Range.Boundary.excluding(after);
    return commands
        .join()
        .async()
        .xrange(key, Range.from(from, Range.Boundary.unbounded()), Limit.from(limit))
        .thenApply(RedisLink::entries);
  }

  private static List<Entry> entries(List<StreamMessage<String, Hearsay>> found) {
    List<Entry> entries = new ArrayList<>();
    for (StreamMessage<String, Hearsay> each : found) {
      Hearsay message = each.getBody() == null ? null : each.getBody().get(FIELD);
      entries.add(new Entry(each.getId(), message == null ? Hearsay.TOO_LARGE : message));
    }
    return entries;
  }

  CompletionStage<Boolean> exists(String key) {
    return commands.join().async().exists(key).thenApply(count -> count > 0);
  }

  /// Sets a key that goes by itself after `seconds`.
  CompletionStage<String> set(String key, byte[] value, int seconds) {
    return commands.join().async().set(key, new Hearsay(value), SetArgs.Builder.ex(seconds));
  }

  /// Ends it; the listener hears of it.
  ///
  /// @return completed when both connections are gone
  CompletableFuture<Void> close() {
    if (down.compareAndSet(false, true)) {
      gone = CompletableFuture.allOf(closed(channels), closed(commands));
      listener.onDown(this);
    }
    return gone;
  }

  private static CompletableFuture<?> closed(
      CompletableFuture<? extends StatefulConnection<?, ?>> connection) {
    return connection
        .thenCompose(
            made ->
                made.isOpen() ? made.closeAsync() : CompletableFuture.<Void>completedFuture(null))
        .exceptionally(_ -> null);
  }
}

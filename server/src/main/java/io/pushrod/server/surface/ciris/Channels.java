package io.pushrod.server.surface.ciris;

import io.pushrod.server.dialect.CirisChannelEvents;
import io.pushrod.server.dialect.CirisFrames;
import io.pushrod.server.dialect.CirisRequest;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// A WebSocket of channels, which are the row's topics. A name with dots stands for the channel
/// that it begins with, as `agent.state` does for `agent`.
///
/// **Thread:** the connection's shard.
final class Channels extends CirisStream {
  private final SequencedSet<String> asked = new LinkedHashSet<>();

  /// Channels by the names that the client has for them.
  private final Map<String, Row.Topic> active = new HashMap<>();

  /// @param header what the upgrade asked for already: names between commas; null for none
  Channels(Line line, @Nullable String header) {
    super(line);
    asked.add(line.row().option("default", "messages"));
    if (header != null) {
      for (String name : List.of(header.split(",", -1))) {
        asked.add(name.strip());
      }
    }
  }

  @Override
  public void onOpen() {
    subscribe(asked);
  }

  @Override
  void onRequest(CirisRequest request) {
    switch (request.verb()) {
      case "subscribe" -> {
        subscribe(request.names());
        tell();
      }
      case "unsubscribe" -> {
        unsubscribe(request.names());
        tell();
      }
      case "ping" -> line.say("pong", CirisFrames.pong(line.millis()));
      default -> {}
    }
  }

  private void tell() {
    line.say(
        "subscription_update",
        CirisFrames.subscriptionUpdate(line.millis(), active.keySet().stream().sorted().toList()));
  }

  private void subscribe(SequencedSet<String> names) {
    for (String name : names) {
      Row.Topic channel = channel(name);
      if (channel != null && read(channel)) {
        active.put(name, channel);
      }
    }
  }

  private void unsubscribe(SequencedSet<String> names) {
    for (String name : names) {
      Row.Topic channel = active.remove(name);
      if (channel != null && !active.containsValue(channel)) {
        leave(channel);
      }
    }
  }

  private Row.@Nullable Topic channel(String name) {
    for (Row.Topic topic : line.row().topics()) {
      if (name.equals(topic.name()) || name.startsWith(topic.name() + ".")) {
        return topic;
      }
    }
    return null;
  }

  @Override
  public boolean onRefused(String topic) {
    active.values().removeIf(each -> topic.equals(line.expand(each.template())));
    return true;
  }

  @Override
  public EventRenderer ownRenderer() {
    Map<String, String> channels = new HashMap<>();
    for (Row.Topic topic : line.row().topics()) {
      String name = line.expand(topic.template());
      if (name != null) {
        channels.put(name, topic.name());
      }
    }
    return new CirisChannelEvents(channels);
  }
}

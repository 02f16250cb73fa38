package io.pushrod.server.run.wire;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Ordered links to all other servers, over a wire that may lose, double and delay.
///
/// **Thread:** its owner's; [#tick] is to be called several times a second.
public final class NodeLinks {
  static final byte[] NOTHING = {};

  /// **Thread:** the links'.
  public interface Listener {
    /// The next message of a server.
    void onLinkMessage(String from, byte[] message);

    /// What was under way to and from a server may be lost; what follows begins anew on both sides.
    void onReset(String node);
  }

  private final Wire wire;
  private final LongSupplier nanos;
  private final long repeatNanos;
  private final int bufferBytes;
  private final Listener listener;
  private final Map<String, NodeLink> links = new HashMap<>();
  private long sessions;

  /// @param repeatNanos after this a message that was not heard is said again
  /// @param bufferBytes unheard messages of one link; with more it begins anew
  public NodeLinks(
      Wire wire, LongSupplier nanos, long repeatNanos, int bufferBytes, Listener listener) {
    this.wire = wire;
    this.nanos = nanos;
    this.repeatNanos = repeatNanos;
    this.bufferBytes = bufferBytes;
    this.listener = listener;
  }

  /// @param settled runs once it was heard, or never will be
  /// @return null when it is not sent: the link had to begin anew
  public @Nullable Sent send(String node, byte[] message, Runnable settled) {
    NodeLink link = link(node);
    if (!link.hasRoom(message.length)) {
      link.reset();
      settled.run();
      return null;
    }
    return link.send(message, settled);
  }

  private NodeLink link(String node) {
    return links.computeIfAbsent(node, name -> new NodeLink(name, this, nextSession()));
  }

  /// @param bytes as the wire brought them
  public void onPacket(String from, byte[] bytes) {
    Packet packet = Packet.decode(bytes);
    if (packet != null) {
      link(from).onPacket(packet);
    }
  }

  /// Ends the links to those that are gone.
  public void onNodes(Set<String> nodes) {
    Set<String> gone = new HashSet<>(links.keySet());
    gone.removeAll(nodes);
    for (String node : gone) {
      NodeLink link = links.remove(node);
      if (link != null) {
        link.drop();
        listener.onReset(node);
      }
    }
  }

  public void tick() {
    Set.copyOf(links.keySet()).forEach(node -> link(node).tick());
  }

  void post(String node, Packet packet) {
    wire.send(node, packet.encode());
  }

  void deliver(String node, byte[] message) {
    listener.onLinkMessage(node, message);
  }

  void onReset(String node) {
    listener.onReset(node);
  }

  long nextSession() {
    return ++sessions;
  }

  long nanos() {
    return nanos.getAsLong();
  }

  long repeatNanos() {
    return repeatNanos;
  }

  int bufferBytes() {
    return bufferBytes;
  }
}

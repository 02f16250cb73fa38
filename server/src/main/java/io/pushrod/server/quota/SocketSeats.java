package io.pushrod.server.quota;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.AttributeKey;
import io.pushrod.server.config.Network;
import io.pushrod.server.metrics.Counter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// How many sockets are open, in all and of each address.
///
/// A socket of a trusted proxy counts in all when it is accepted, and for the client's address when
/// it becomes the client's own: when a WebSocket or an event stream begins on it. Before, a proxy
/// may send requests of many clients over it.
///
/// **Thread:** any.
/* A socket costs no object here: one listener is shared by all, and it finds the address in the channel. Only for proxied
 * clients an attribute holds whose address was counted. */
public final class SocketSeats {
  private static final AttributeKey<Long> CLIENT =
      AttributeKey.valueOf(SocketSeats.class, "client");

  private final int total;
  private final int perAddress;
  private final List<Network> proxies;
  private final AtomicInteger open = new AtomicInteger();
  private final Tally<Long> addresses = new Tally<>();
  private final ChannelFutureListener onClosed = this::onClosed;
  private final ChannelFutureListener onProxiedClosed = this::onProxiedClosed;

  /// @param total 0 for no bound
  /// @param perAddress 0 for no bound
  /// @param proxies whose `X-Forwarded-For` is believed
  public SocketSeats(int total, int perAddress, List<Network> proxies) {
    this.total = total;
    this.perAddress = perAddress;
    this.proxies = List.copyOf(proxies);
  }

  boolean isProxy(InetAddress address) {
    return !proxies.isEmpty() && proxies.stream().anyMatch(each -> each.contains(address));
  }

  /// The address that a socket counts for as such; null for a trusted proxy's.
  @Nullable Long address(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress peer && !isProxy(peer.getAddress())
        ? (Long) AddressKey.of(peer.getAddress())
        : null;
  }

  /// Takes a place for an accepted socket, given back when it closes.
  ///
  /// @return null when it is taken, or the quota that is used up
  @Nullable Counter take(Channel channel) {
    if (total == 0 && perAddress == 0) {
      return null;
    }
    if (open.incrementAndGet() > total && total > 0) {
      open.decrementAndGet();
      return Counter.QUOTA_CONNECTIONS;
    }
    Long address = perAddress == 0 ? null : address(channel);
    if (address != null && !addresses.take(address, perAddress)) {
      open.decrementAndGet();
      return Counter.QUOTA_CONNECTIONS_PER_ADDRESS;
    }
    channel.closeFuture().addListener(onClosed);
    return null;
  }

  private void onClosed(ChannelFuture closed) {
    open.decrementAndGet();
    Long address = perAddress == 0 ? null : address(closed.channel());
    if (address != null) {
      addresses.giveBack(address);
    }
  }

  /// Takes a place for the client whose WebSocket or event stream begins on this socket, given back
  /// when it closes. Does nothing unless the peer is a trusted proxy.
  ///
  /// @param forwardedFor all `X-Forwarded-For` lines; the address counted is the last one that is
  ///   no trusted proxy's, or the proxy's own when there is none or an entry is no address
  /// @return null when it is taken, or the quota that is used up
  public @Nullable Counter takeForwarded(Channel channel, List<String> forwardedFor) {
    if (perAddress == 0
        || proxies.isEmpty()
        || !(channel.remoteAddress() instanceof InetSocketAddress peer)
        || !isProxy(peer.getAddress())) {
      return null;
    }
    long client = AddressKey.of(client(peer.getAddress(), forwardedFor));
    Long before = channel.attr(CLIENT).get();
    if (before != null && before == client) {
      return null;
    }
    if (!addresses.take(client, perAddress)) {
      return Counter.QUOTA_CONNECTIONS_PER_ADDRESS;
    }
    channel.attr(CLIENT).set(client);
    if (before == null) {
      channel.closeFuture().addListener(onProxiedClosed);
    } else {
      addresses.giveBack(before);
    }
    return null;
  }

  private void onProxiedClosed(ChannelFuture closed) {
    Long client = closed.channel().attr(CLIENT).getAndSet(null);
    if (client != null) {
      addresses.giveBack(client);
    }
  }

  /// The address of who sent a request: the peer's or, behind a trusted proxy, the last one that is
  /// no trusted proxy's.
  ///
  /// @param forwardedFor all `X-Forwarded-For` lines
  /// @return null for a peer without an address
  public @Nullable InetAddress client(SocketAddress peer, List<String> forwardedFor) {
    if (!(peer instanceof InetSocketAddress socket)) {
      return null;
    }
    InetAddress address = socket.getAddress();
    return isProxy(address) ? client(address, forwardedFor) : address;
  }

  private InetAddress client(InetAddress proxy, List<String> forwardedFor) {
    for (int line = forwardedFor.size() - 1; line >= 0; line--) {
      String[] entries = forwardedFor.get(line).split(",", -1);
      for (int i = entries.length - 1; i >= 0; i--) {
        InetAddress entry = Network.address(entries[i].strip());
        if (entry == null) {
          return proxy;
        }
        if (!isProxy(entry)) {
          return entry;
        }
      }
    }
    return proxy;
  }

  /// Sockets that are open now.
  public int open() {
    return open.get();
  }

  /// Addresses that have any.
  public int addresses() {
    return addresses.keys();
  }
}

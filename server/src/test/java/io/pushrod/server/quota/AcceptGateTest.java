package io.pushrod.server.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.server.config.Network;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AcceptGateTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final ShardMetrics metrics = new MetricsRegistry("test").shard();
  private long now;

  private static final class Accepted extends EmbeddedChannel {
    private final InetSocketAddress peer;

    Accepted(String address) {
      this.peer = new InetSocketAddress(address(address), 1234);
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return peer;
    }

    @Override
    public SocketAddress remoteAddress() {
      return peer;
    }
  }

  private static InetAddress address(String text) {
    return Objects.requireNonNull(Network.address(text));
  }

  private static SocketSeats seats(int total, int perAddress, String... proxies) {
    return new SocketSeats(
        total,
        perAddress,
        List.of(proxies).stream()
            .map(each -> Objects.requireNonNull(Network.parse(each)))
            .toList());
  }

  private EmbeddedChannel listener(SocketSeats seats, int perSecond, int perAddress) {
    return new EmbeddedChannel(new AcceptGate(seats, perSecond, perAddress, () -> now, metrics));
  }

  /// @return what came through, or null
  private static Channel connect(EmbeddedChannel listener, String from) {
    Accepted accepted = new Accepted(from);
    listener.writeInbound(accepted);
    Channel passed = listener.readInbound();
    assertThat(accepted.isOpen()).isEqualTo(passed != null);
    return accepted;
  }

  private static boolean comesIn(EmbeddedChannel listener, String from) {
    return connect(listener, from).isOpen();
  }

  @Test
  void stopsAcceptingUntilTheRateAllowsTheNext() {
    EmbeddedChannel listener = listener(seats(0, 0), 2, 0);
    assertThat(comesIn(listener, "10.0.0.1")).isTrue();
    assertThat(listener.config().isAutoRead()).isTrue();
    assertThat(comesIn(listener, "10.0.0.1")).isTrue();
    assertThat(listener.config().isAutoRead()).isFalse();

    now = SECOND / 4;
    listener.advanceTimeBy(500, TimeUnit.MILLISECONDS);
    listener.runScheduledPendingTasks();
    assertThat(listener.config().isAutoRead()).as("half a token").isFalse();
    now = SECOND / 2;
    listener.advanceTimeBy(500, TimeUnit.MILLISECONDS);
    listener.runScheduledPendingTasks();
    assertThat(listener.config().isAutoRead()).isTrue();
    assertThat(metrics.value(Counter.QUOTA_ACCEPTS)).isEqualTo(1);
  }

  @Test
  void cutsOnlyTheAddressThatConnectsTooOften() {
    EmbeddedChannel listener = listener(seats(0, 0), 100, 2);
    assertThat(comesIn(listener, "10.0.0.1")).isTrue();
    assertThat(comesIn(listener, "10.0.0.1")).isTrue();
    for (int i = 0; i < 1000; i++) {
      assertThat(comesIn(listener, "10.0.0.1")).isFalse();
    }
    assertThat(listener.config().isAutoRead()).as("what is cut uses up nothing").isTrue();
    assertThat(comesIn(listener, "10.0.0.2")).isTrue();
    assertThat(metrics.value(Counter.QUOTA_ACCEPTS_PER_ADDRESS)).isEqualTo(1000);
    now = SECOND / 2;
    assertThat(comesIn(listener, "10.0.0.1")).isTrue();
    assertThat(comesIn(listener, "10.0.0.1")).isFalse();
  }

  @Test
  void takesANetworkOf64BitsForOneAddress() {
    EmbeddedChannel listener = listener(seats(0, 0), 0, 1);
    assertThat(comesIn(listener, "2001:db8::1")).isTrue();
    assertThat(comesIn(listener, "2001:db8::2")).isFalse();
    assertThat(comesIn(listener, "2001:db8:0:1::1")).isTrue();
  }

  @Test
  void exemptsTrustedProxiesFromWhatIsPerAddress() {
    EmbeddedChannel listener = listener(seats(0, 1, "10.0.0.0/8"), 0, 1);
    assertThat(comesIn(listener, "10.1.2.3")).isTrue();
    assertThat(comesIn(listener, "10.1.2.3")).isTrue();
    assertThat(comesIn(listener, "11.0.0.1")).isTrue();
    assertThat(comesIn(listener, "11.0.0.1")).isFalse();
  }

  @Test
  void remembersABoundedNumberOfAddresses() {
    AddressRates rates = new AddressRates(1, 100);
    assertThat(rates.take(-1, now)).isTrue();
    for (int i = 0; i < 1000; i++) {
      assertThat(rates.take(i, now)).isTrue();
      assertThat(rates.take(-1, now)).as("the busy one is kept").isFalse();
    }
    assertThat(rates.size()).isEqualTo(100);
  }

  @Test
  void boundsOpenSocketsInAllAndOfOneAddressAndGivesThemBack() {
    SocketSeats seats = seats(3, 2);
    EmbeddedChannel listener = listener(seats, 0, 0);
    Channel first = connect(listener, "10.0.0.1");
    Channel second = connect(listener, "10.0.0.1");
    assertThat(comesIn(listener, "10.0.0.1")).isFalse();
    Channel third = connect(listener, "10.0.0.2");
    assertThat(third.isOpen()).isTrue();
    assertThat(comesIn(listener, "10.0.0.3")).isFalse();
    assertThat(metrics.value(Counter.QUOTA_CONNECTIONS_PER_ADDRESS)).isEqualTo(1);
    assertThat(metrics.value(Counter.QUOTA_CONNECTIONS)).isEqualTo(1);

    first.close();
    first.close();
    assertThat(seats.open()).isEqualTo(2);
    assertThat(comesIn(listener, "10.0.0.1")).isTrue();
    assertThat(seats.open()).isEqualTo(3);
    second.close();
    third.close();
    assertThat(seats.open()).isEqualTo(1);
    assertThat(seats.addresses()).isEqualTo(1);
  }

  @Test
  void countsTheLastUntrustedAddressThatAProxyNames() {
    SocketSeats seats = seats(0, 1, "10.0.0.0/8", "fd00::/8");
    assertThat(forwarded(seats, "10.0.0.1", "1.2.3.4, 5.6.7.8, 10.9.9.9")).isNull();
    assertThat(forwarded(seats, "10.0.0.2", "5.6.7.8"))
        .isEqualTo(Counter.QUOTA_CONNECTIONS_PER_ADDRESS);
    assertThat(forwarded(seats, "fd00::1", "1.2.3.4")).as("what a client claims").isNull();
    assertThat(forwarded(seats, "10.0.0.1", "5.6.7.8", "9.9.9.9")).as("the last line").isNull();
    assertThat(seats.addresses()).isEqualTo(3);
  }

  @Test
  void countsTheProxyItselfWhenItNamesNobody() {
    SocketSeats seats = seats(0, 1, "10.0.0.0/8");
    assertThat(forwarded(seats, "10.0.0.1")).isNull();
    assertThat(forwarded(seats, "10.0.0.1", "1.2.3.4, unknown"))
        .isEqualTo(Counter.QUOTA_CONNECTIONS_PER_ADDRESS);
    assertThat(forwarded(seats, "10.0.0.2", "example.com")).isNull();
    assertThat(forwarded(seats, "10.0.0.2", "")).isEqualTo(Counter.QUOTA_CONNECTIONS_PER_ADDRESS);
  }

  @Test
  void believesNobodyElse() {
    SocketSeats seats = seats(0, 1, "10.0.0.0/8");
    for (int i = 0; i < 10; i++) {
      assertThat(forwarded(seats, "11.0.0.1", "5.6.7.8")).isNull();
    }
    assertThat(seats.addresses()).isZero();
  }

  @Test
  void givesAProxiedClientsPlaceBackOnceWhoeverItWas() {
    SocketSeats seats = seats(0, 1, "10.0.0.1");
    Accepted proxied = new Accepted("10.0.0.1");
    assertThat(seats.takeForwarded(proxied, List.of("1.1.1.1"))).isNull();
    assertThat(seats.takeForwarded(proxied, List.of("1.1.1.1"))).isNull();
    assertThat(seats.takeForwarded(proxied, List.of("2.2.2.2"))).isNull();
    assertThat(seats.addresses()).isEqualTo(1);
    assertThat(forwarded(seats, "10.0.0.1", "1.1.1.1")).isNull();
    proxied.close();
    assertThat(seats.addresses()).isEqualTo(1);
  }

  private static @Nullable Counter forwarded(SocketSeats seats, String peer, String... lines) {
    return seats.takeForwarded(new Accepted(peer), List.of(lines));
  }
}

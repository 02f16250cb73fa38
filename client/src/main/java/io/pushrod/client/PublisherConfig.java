package io.pushrod.client;

import io.pushrod.codec.ingest.IngestFrame;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Where and as whom a publisher publishes.
///
/// @param producer stable name of this stream of events, 1–64 of `[A-Za-z0-9_.:-]`; no two live
///   processes share one
/// @param token asked before each connection, on the publisher's thread, where it may block; empty
///   text for no token
/// @param tenant the tenant to act for, or empty for the token's own
/// @param epoch incarnation of the producer; 0 takes the time at which the publisher starts
/// @param alternatives more servers; the publisher goes to the next one, and from the last to the
///   first, when its server goes away or cannot be reached
public record PublisherConfig(
    String host,
    int port,
    String producer,
    Supplier<String> token,
    String tenant,
    long epoch,
    Limits limits,
    Timing timing,
    List<Address> alternatives) {

  /// Where a server listens for publishers.
  public record Address(String host, int port) {
    public Address {
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("port: " + port + " (expected: 1-65535)");
      }
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /// Bounds of memory and of frames.
  ///
  /// @param inFlightBytes encoded events that are accepted and not yet settled
  /// @param inFlightEvents the same, counted
  /// @param batchBytes the greatest publish frame, unless a single event needs more
  public record Limits(int inFlightBytes, int inFlightEvents, int batchBytes) {
    public static final Limits DEFAULT = new Limits(16 << 20, 65_536, 256 << 10);

    public Limits {
      atLeastOne("in-flight bytes", inFlightBytes);
      atLeastOne("in-flight events", inFlightEvents);
      atLeastOne("batch bytes", batchBytes);
    }
  }

  /// How long things may take.
  ///
  /// @param connectTimeout from the first packet to the server's welcome
  /// @param backoff upper end of the random wait before the first reconnect; doubles with each
  ///   attempt
  /// @param maxBackoff where the doubling ends
  /// @param closeTimeout for [Publisher#close()] to get everything acknowledged
  public record Timing(
      Duration connectTimeout, Duration backoff, Duration maxBackoff, Duration closeTimeout) {
    public static final Timing DEFAULT =
        new Timing(
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10));

    public Timing {
      atLeastOne("connect timeout", connectTimeout.toMillis());
      atLeastOne("backoff", backoff.toMillis());
      atLeastOne("max backoff", maxBackoff.toMillis());
    }
  }

  public PublisherConfig {
    if (!IngestFrame.Hello.isProducer(producer)) {
      throw new IllegalArgumentException(
          "producer: " + producer + " (expected: 1-64 of A-Z a-z 0-9 _ . : -)");
    }
    alternatives = List.copyOf(alternatives);
    var _ = new Address(host, port);
    if (epoch < 0) {
      throw new IllegalArgumentException("epoch: " + epoch + " (expected: >= 0)");
    }
  }

  public static PublisherConfig of(String host, int port, String producer) {
    return new PublisherConfig(
        host, port, producer, () -> "", "", 0, Limits.DEFAULT, Timing.DEFAULT, List.of());
  }

  public PublisherConfig withToken(Supplier<String> token) {
    return new PublisherConfig(
        host, port, producer, token, tenant, epoch, limits, timing, alternatives);
  }

  public PublisherConfig withTenant(String tenant) {
    return new PublisherConfig(
        host, port, producer, token, tenant, epoch, limits, timing, alternatives);
  }

  public PublisherConfig withEpoch(long epoch) {
    return new PublisherConfig(
        host, port, producer, token, tenant, epoch, limits, timing, alternatives);
  }

  public PublisherConfig withLimits(Limits limits) {
    return new PublisherConfig(
        host, port, producer, token, tenant, epoch, limits, timing, alternatives);
  }

  public PublisherConfig withTiming(Timing timing) {
    return new PublisherConfig(
        host, port, producer, token, tenant, epoch, limits, timing, alternatives);
  }

  /// The same with one more server.
  public PublisherConfig withAlternative(String host, int port) {
    List<Address> more =
        Stream.concat(alternatives.stream(), Stream.of(new Address(host, port))).toList();
    return new PublisherConfig(
        this.host, this.port, producer, token, tenant, epoch, limits, timing, more);
  }

  /// Every server, the first choice first.
  List<Address> addresses() {
    return Stream.concat(Stream.of(new Address(host, port)), alternatives.stream()).toList();
  }

  private static void atLeastOne(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
    }
  }
}

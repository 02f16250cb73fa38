package io.pushrod.server.support;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import io.pushrod.server.net.ring.LinuxKernel;
import io.pushrod.server.net.ring.RingException;
import io.pushrod.server.net.ring.SendRing;
import java.util.stream.Stream;

/// The ways in which a server writes to many sockets that this machine has, as settings for
/// [RunningServer].
public final class Ways {
  public static final String SEND = "server.fanout=send";

  public static final String RING = "server.fanout=ring";
  public static final String IO_URING = "server.transport=io_uring";

  private Ways() {}

  public static Stream<String> all() {
    return Stream.of(SEND, RING, IO_URING).filter(Ways::isHere);
  }

  public static Stream<String> fanouts() {
    return Stream.of(SEND, RING).filter(Ways::isHere);
  }

  private static boolean isHere(String way) {
    return switch (way) {
      case RING -> Epoll.isAvailable() && grantsRings();
      case IO_URING -> IoUring.isAvailable();
      default -> true;
    };
  }

  private static boolean grantsRings() {
    try (SendRing _ = SendRing.open(LinuxKernel.load())) {
      return true;
    } catch (RingException e) {
      return false;
    }
  }
}

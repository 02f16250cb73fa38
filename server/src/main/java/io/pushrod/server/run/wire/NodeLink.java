package io.pushrod.server.run.wire;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The ordered link to one server: each message is heard there once, in order, as long as neither
/// side begins anew.
///
/// **Thread:** its owner's.
/* Numbers, cumulative acknowledgements and repetition, as in any window protocol. A session is one side's numbering. A side
 * that begins anew takes a higher session and forgets the other's; whoever sees a higher one whose sender did not know the
 * present one begins anew as well, so that both forget what was under way, and both are told. */
final class NodeLink {
  /// What one repetition sends at the most.
  private static final int BURST_BYTES = 256 * 1024;

  /// Messages that are kept until those before them are there.
  private static final int EARLY = 4_096;

  /// A gap is not told of more often than an answer takes.
  private static final int FAST = 8;

  /// What was sent and not heard yet.
  private final class Unheard implements Sent {
    final long number;
    final Runnable settled;
    byte[] payload;
    boolean over;

    Unheard(long number, byte[] payload, Runnable settled) {
      this.number = number;
      this.payload = payload;
      this.settled = settled;
    }

    @Override
    public void withdraw() {
      if (!over) {
        unheardBytes -= payload.length;
        payload = NodeLinks.NOTHING;
      }
    }

    void end() {
      over = true;
      unheardBytes -= payload.length;
      settled.run();
    }
  }

  private final String node;
  private final NodeLinks links;
  private final ArrayDeque<Unheard> unheard = new ArrayDeque<>();
  private long unheardBytes;

  /// What came before its turn, by number.
  private final Map<Long, byte[]> early = new HashMap<>();

  private long earlyBytes;
  private long session;
  private long numbered;
  private long peerSession;
  private long heard;
  private boolean owesAnswer;
  private long repeatedNanos;
  private long waitNanos;

  NodeLink(String node, NodeLinks links, long session) {
    this.node = node;
    this.links = links;
    this.session = session;
    this.waitNanos = links.repeatNanos();
  }

  boolean hasRoom(int bytes) {
    return unheardBytes + bytes <= links.bufferBytes() || unheard.isEmpty();
  }

  Sent send(byte[] payload, Runnable settled) {
    if (unheard.isEmpty()) {
      repeatedNanos = links.nanos();
    }
    Unheard message = new Unheard(++numbered, payload, settled);
    unheard.add(message);
    unheardBytes += payload.length;
    post(message);
    return message;
  }

  private void post(Unheard message) {
    owesAnswer = false;
    links.post(
        node, new Packet(session, peerSession, heard, false, message.number, message.payload));
  }

  private void answer(boolean missing) {
    owesAnswer = false;
    links.post(node, new Packet(session, peerSession, heard, missing, 0, null));
  }

  void onPacket(Packet packet) {
    if (packet.session() < peerSession) {
      return;
    }
    if (packet.peerSession() != 0 && packet.peerSession() != session) {
      answer(false);
      return;
    }
    if (packet.session() > peerSession) {
      if (peerSession != 0 && packet.peerSession() != session) {
        beginAnew();
      }
      peerSession = packet.session();
      forgetHeard();
    }
    if (packet.peerSession() == session) {
      onHeard(packet.heard(), packet.missing());
    }
    byte[] payload = packet.payload();
    if (payload != null) {
      onPayload(packet.number(), payload);
    }
  }

  private void onHeard(long upTo, boolean missing) {
    boolean any = false;
    while (!unheard.isEmpty() && unheard.element().number <= upTo) {
      unheard.remove().end();
      any = true;
    }
    if (any) {
      repeatedNanos = links.nanos();
      waitNanos = links.repeatNanos();
    }
    if (missing && links.nanos() - repeatedNanos >= links.repeatNanos() / FAST) {
      repeat();
    }
  }

  private void onPayload(long number, byte[] payload) {
    if (number > heard + 1) {
      keep(number, payload);
      answer(true);
      return;
    }
    owesAnswer = true;
    if (number == heard + 1) {
      long of = session;
      byte[] next = payload;
      while (next != null && of == session) {
        heard++;
        hear(next);
        next = early.remove(heard + 1);
        earlyBytes -= next == null ? 0 : next.length;
      }
    }
  }

  private void hear(byte[] payload) {
    if (payload.length > 0) {
      links.deliver(node, payload);
    }
  }

  /// What has no room comes again.
  private void keep(long number, byte[] payload) {
    if (early.size() < EARLY
        && earlyBytes + payload.length <= links.bufferBytes()
        && early.putIfAbsent(number, payload) == null) {
      earlyBytes += payload.length;
    }
  }

  /// Says what was heard, and again what was not.
  void tick() {
    if (owesAnswer) {
      answer(false);
    }
    if (!unheard.isEmpty() && links.nanos() - repeatedNanos >= waitNanos) {
      waitNanos = Math.min(2 * waitNanos, FAST * links.repeatNanos());
      repeat();
    }
  }

  private void repeat() {
    repeatedNanos = links.nanos();
    int bytes = 0;
    for (Unheard message : unheard) {
      bytes += message.payload.length;
      if (bytes > BURST_BYTES && message != unheard.peek()) {
        break;
      }
      post(message);
    }
  }

  /// Forgets all that is under way on both sides.
  void reset() {
    beginAnew();
    answer(false);
  }

  private void beginAnew() {
    session = links.nextSession();
    numbered = 0;
    peerSession = 0;
    forgetHeard();
    drop();
    links.onReset(node);
  }

  private void forgetHeard() {
    heard = 0;
    early.clear();
    earlyBytes = 0;
  }

  /// Nothing of it will be heard.
  void drop() {
    @Nullable Unheard next;
    while ((next = unheard.poll()) != null) {
      next.end();
    }
  }
}

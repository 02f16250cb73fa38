package io.pushrod.client;

import io.netty.buffer.ByteBufUtil;
import io.pushrod.client.Lease.State;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/// All that a worker holds, and what it says about it.
///
/// A lease leaves by its release, whoever ends it. After a broken connection the worker renews what
/// it holds, accepts again what was not granted, and settles again what was not released.
///
/// **Thread:** the publisher's loop, except for the futures.
final class Leases implements Companion {
  /// A settle's type, lease, outcome and length.
  private static final int SETTLE_HEAD_BYTES = 1 + Long.BYTES + 1 + Integer.BYTES;

  /// Keeps a server that grants a lease for no time from making this loop spin.
  private static final long MIN_RENEWAL_MILLIS = 10;

  private static final int RENEWED_AT_ONCE = 1_000;

  private final Publisher publisher;
  private final List<Inbox> inboxes;
  private final int credit;
  private final Map<Long, Lease> held = new LinkedHashMap<>();

  /// What has ended and was not settled on this connection, oldest first.
  private final Deque<Lease> ended = new ArrayDeque<>();

  private final CompletableFuture<Void> idle = new CompletableFuture<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  private int maxPayloadBytes;
  private boolean closing;

  /// A third of the shortest lease; greatest when nothing is held, and no timer runs.
  private long renewalMillis = Long.MAX_VALUE;

  /// Which of the timers is the present one.
  private int timer;

  Leases(Publisher publisher, List<Inbox> inboxes) {
    this.publisher = publisher;
    this.inboxes = List.copyOf(inboxes);
    credit = inboxes.stream().mapToInt(Inbox::credit).sum();
  }

  /// Completes when nothing is held after [#close].
  CompletableFuture<Void> idle() {
    return idle;
  }

  /// Completes when the publisher has ended; fails unless that was asked for.
  CompletableFuture<Void> over() {
    return over;
  }

  // The connection.

  /// Renews first, so that the server knows what this connection holds before it gives it more.
  @Override
  public void onReady(Welcome welcome) {
    maxPayloadBytes =
        Math.min(welcome.maxFrameBytes() - SETTLE_HEAD_BYTES, welcome.maxEventBytes());
    renew(_ -> true);
    ended.clear();
    for (Lease lease : held.values()) {
      if (lease.state == State.ACCEPTED) {
        send(new Accept(lease.number()));
      } else if (lease.settle() != null) {
        lease.state = State.ENDED;
        ended.add(lease);
      }
    }
    if (!closing) {
      inboxes.forEach(inbox -> send(new Consume(inbox.pattern(), inbox.credit())));
    }
  }

  @Override
  public void onFrame(IngestFrame frame) {
    switch (frame) {
      case Request request -> onRequest(request);
      case Grant grant -> onGrant(grant);
      case Cancel cancel -> onCancel(cancel);
      case Release release -> onRelease(release);
      default -> throw PublisherConnection.unexpected(frame);
    }
  }

  /// Settles what waited for its events to be written.
  @Override
  public void onWritten() {
    ended.removeIf(this::settled);
  }

  private boolean settled(Lease lease) {
    Pending last = lease.last();
    Settle settle = lease.settle();
    if (settle == null || (last != null && !publisher.isWritten(last))) {
      return false;
    }
    int bytes = ByteBufUtil.utf8Bytes(settle.payload());
    if (bytes > maxPayloadBytes) {
      settle =
          lease.failed(
              ErrorCode.TOO_LARGE.label(),
              "payload: " + bytes + " bytes (expected: <= " + maxPayloadBytes + ")",
              false);
    }
    if (!publisher.send(settle)) {
      return false;
    }
    lease.state = State.SETTLED;
    return true;
  }

  @Override
  public void onEnded(PublisherClosed cause) {
    abandon(String.valueOf(cause.getMessage()));
    if (closing) {
      over.complete(null);
    } else {
      over.completeExceptionally(cause);
    }
  }

  // Requests.

  private void onRequest(Request request) {
    if (held.containsKey(request.lease())) {
      throw PublisherConnection.unexpected(request);
    }
    Inbox inbox = Inbox.of(request, inboxes);
    if (inbox == null) {
      send(new Refuse(request.lease(), true, "nothing takes this inbox here"));
    } else if (closing) {
      send(new Refuse(request.lease(), true, "worker is closing"));
    } else if (held.size() >= credit) {
      send(new Refuse(request.lease(), true, "credit: none left"));
    } else if (inbox instanceof Inbox.Runs && request.topics().isEmpty()) {
      send(new Refuse(request.lease(), false, "topics: none (expected: the run's own)"));
    } else {
      hold(new Lease(request, inbox, publisher));
    }
  }

  private void hold(Lease lease) {
    held.put(lease.number(), lease);
    renewEvery(lease.request.leaseMillis());
    if (lease.request.kind() == Request.Kind.RUN) {
      send(new Accept(lease.number()));
    } else {
      lease.begin(this::onHandled);
    }
  }

  private void onGrant(Grant grant) {
    Lease lease = held.get(grant.lease());
    if (lease == null || lease.state != State.ACCEPTED) {
      return;
    }
    if (lease.isCancelled()) {
      conclude(lease, lease.cancelled());
    } else {
      lease.begin(this::onHandled);
    }
  }

  /// **Thread:** the handler's.
  private void onHandled(Lease lease, Settle settle) {
    publisher.execute(() -> conclude(lease, settle));
  }

  private void conclude(Lease lease, Settle settle) {
    if (held.get(lease.number()) == lease) {
      lease.conclude(settle);
      ended.add(lease);
      onWritten();
    }
  }

  private void onCancel(Cancel cancel) {
    Lease lease = held.get(cancel.lease());
    if (lease != null) {
      send(new CancelAck(cancel.lease()));
      lease.cancel(cancel);
    }
  }

  private void onRelease(Release release) {
    Lease lease = held.remove(release.lease());
    if (lease == null) {
      return;
    }
    ended.remove(lease);
    if (release.code() != 0) {
      Publisher.LOG.info(
          "{} of {} is over: {}", lease.request.id(), lease.request.inbox(), release.message());
    }
    lease.abort(new RunOver(release.errorCode(), release.message()));
    leaveWhenIdle();
  }

  private void send(IngestFrame frame) {
    var _ = publisher.send(frame);
  }

  // Renewal.

  private void renewEvery(int leaseMillis) {
    long third = Math.max(MIN_RENEWAL_MILLIS, leaseMillis / 3);
    if (third < renewalMillis) {
      renewalMillis = third;
      timer++;
      schedule();
    }
  }

  private void schedule() {
    int scheduled = timer;
    publisher.schedule(
        () -> {
          if (scheduled == timer) {
            onRenewal();
          }
        },
        renewalMillis);
  }

  /// What waits for its grant is not renewed: if the grant is lost, so is the lease, rather than
  /// that it lasts for ever without anybody working.
  private void onRenewal() {
    renew(lease -> lease.state != State.ACCEPTED);
    renewalMillis = Long.MAX_VALUE;
    held.values().stream()
        .mapToInt(lease -> lease.request.leaseMillis())
        .min()
        .ifPresent(this::renewEvery);
  }

  private void renew(Predicate<Lease> which) {
    List<Long> leases = held.values().stream().filter(which).map(Lease::number).toList();
    for (int from = 0; from < leases.size(); from += RENEWED_AT_ONCE) {
      int to = Math.min(leases.size(), from + RENEWED_AT_ONCE);
      send(new Renew(leases.subList(from, to)));
    }
  }

  // The end.

  /// Takes nothing more.
  void close() {
    closing = true;
    inboxes.forEach(inbox -> send(new Consume(inbox.pattern(), 0)));
    leaveWhenIdle();
  }

  private void leaveWhenIdle() {
    if (closing && held.isEmpty()) {
      idle.complete(null);
    }
  }

  /// Ends what still runs, of which the server hears nothing more.
  void abandon(String why) {
    held.values().forEach(lease -> lease.abort(new RunOver(null, why)));
    held.clear();
    ended.clear();
    idle.complete(null);
  }
}

package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Producer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What servers say to each other of desks, runs and workers.
///
/// A seat's number is that of the server that its worker is connected to.
sealed interface DeskMessage {
  // Wishes, to the server that has the desk.

  /// @param id by which it is answered
  record Ask(long id, String tenant, Wish wish) implements DeskMessage {}

  sealed interface Wish {
    record Start(
        String user,
        String agent,
        @Nullable String runId,
        @Nullable String idempotencyKey,
        List<String> furtherTopics,
        String provider,
        boolean direct,
        String input)
        implements Wish {}

    record Send(Request message) implements Wish {}

    record Cancel(String runId, CancelOrder order) implements Wish {}

    /// Ends those that go on, at once.
    record Kill(List<String> runs, CancelOrder order) implements Wish {}
  }

  record Answer(long id, Reply reply) implements DeskMessage {}

  sealed interface Reply {
    record Done(RunView run, boolean fresh) implements Reply {}

    record Refused(ErrorCode code, String message, long retryAfterMillis) implements Reply {}

    /// It is done, or a worker or the queue has the message.
    record Taken() implements Reply {}

    /// The desk is elsewhere.
    record NotHere() implements Reply {}
  }

  /// Nobody hears what became of it.
  record OfferMessage(String tenant, Request message) implements DeskMessage {}

  /// @param agoMillis when its worker emitted something
  record Emitted(String tenant, String runId, long agoMillis, NodeStep step)
      implements DeskMessage {}

  enum NodeStep {
    NONE,
    BEGUN,
    ENDED
  }

  /// What a worker says, to the server that has the desk.
  sealed interface SeatSaying extends DeskMessage {
    String tenant();

    long seat();
  }

  record SeatOpened(String tenant, long seat, Producer producer) implements SeatSaying {}

  record Consumed(String tenant, long seat, String pattern, int credit) implements SeatSaying {}

  record Accepted(String tenant, long seat, long lease) implements SeatSaying {}

  record Declined(String tenant, long seat, long lease, boolean elsewhere, String message)
      implements SeatSaying {}

  record Renewed(String tenant, long seat, List<Long> leases) implements SeatSaying {}

  record Settled(String tenant, long seat, long lease, Outcome outcome, String payload)
      implements SeatSaying {}

  record SeatClosed(String tenant, long seat) implements SeatSaying {}

  /// What a desk says, to the server that has the seat.
  sealed interface DeskSaying extends DeskMessage {
    long seat();
  }

  record Offered(long seat, Offer offer) implements DeskSaying {}

  record Granted(long seat, long lease) implements DeskSaying {}

  record CancelPassed(long seat, long lease, CancelOrder order) implements DeskSaying {}

  record Released(long seat, long lease, @Nullable ErrorCode code, String message)
      implements DeskSaying {}

  /// The desk is elsewhere, or has forgotten the seat.
  record SeatUnknown(String tenant, long seat) implements DeskMessage {}

  // To all.

  /// @param holder the worker that may publish to it; null for nobody
  record RunSaid(RunView run, @Nullable Producer holder) implements DeskMessage {}

  /// @param fence rises with each server that takes the desk
  record DeskTaken(String tenant, long fence) implements DeskMessage {}

  record DeskLeft(String tenant, long fence) implements DeskMessage {}
}

package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Producer;
import io.pushrod.server.run.DeskMessage.Accepted;
import io.pushrod.server.run.DeskMessage.Answer;
import io.pushrod.server.run.DeskMessage.Ask;
import io.pushrod.server.run.DeskMessage.CancelPassed;
import io.pushrod.server.run.DeskMessage.Consumed;
import io.pushrod.server.run.DeskMessage.Declined;
import io.pushrod.server.run.DeskMessage.DeskLeft;
import io.pushrod.server.run.DeskMessage.DeskTaken;
import io.pushrod.server.run.DeskMessage.Emitted;
import io.pushrod.server.run.DeskMessage.Granted;
import io.pushrod.server.run.DeskMessage.NodeStep;
import io.pushrod.server.run.DeskMessage.OfferMessage;
import io.pushrod.server.run.DeskMessage.Offered;
import io.pushrod.server.run.DeskMessage.Released;
import io.pushrod.server.run.DeskMessage.Renewed;
import io.pushrod.server.run.DeskMessage.Reply;
import io.pushrod.server.run.DeskMessage.RunSaid;
import io.pushrod.server.run.DeskMessage.SeatClosed;
import io.pushrod.server.run.DeskMessage.SeatOpened;
import io.pushrod.server.run.DeskMessage.SeatUnknown;
import io.pushrod.server.run.DeskMessage.Settled;
import io.pushrod.server.run.DeskMessage.Wish;
import io.pushrod.server.run.RunView.RunError;
import io.pushrod.server.run.wire.MalformedMessage;
import io.pushrod.server.run.wire.MessageReader;
import io.pushrod.server.run.wire.MessageWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// [DeskMessage]s as bytes: a version, a kind, and the fields in order.
///
/// **Thread:** any; holds no state.
final class DeskCodec {
  private static final int VERSION = 1;
  private static final ErrorCode[] CODES = ErrorCode.values();
  private static final IdField[] FIELDS = IdField.values();
  private static final How[] HOWS = How.values();
  private static final Outcome[] OUTCOMES = Outcome.values();
  private static final RunStatus[] STATUSES = RunStatus.values();
  private static final NodeStep[] STEPS = NodeStep.values();
  private static final IngestFrame.Request.Kind[] KINDS = IngestFrame.Request.Kind.values();

  private DeskCodec() {}

  static byte[] encode(DeskMessage message) {
    MessageWriter out = new MessageWriter().octet(VERSION);
    switch (message) {
      case Ask(long id, String tenant, Wish wish) -> {
        out.octet(1).number(id).text(tenant);
        write(out, wish);
      }
      case Answer(long id, Reply reply) -> {
        out.octet(2).number(id);
        write(out, reply);
      }
      case OfferMessage(String tenant, Request request) -> {
        out.octet(3).text(tenant);
        write(out, request);
      }
      case Emitted(String tenant, String runId, long ago, NodeStep step) ->
          out.octet(4).text(tenant).text(runId).number(ago).choice(step);
      case SeatOpened(String tenant, long seat, Producer producer) -> {
        out.octet(5).text(tenant).number(seat);
        write(out, producer);
      }
      case Consumed(String tenant, long seat, String pattern, int credit) ->
          out.octet(6).text(tenant).number(seat).text(pattern).number(credit);
      case Accepted(String tenant, long seat, long lease) ->
          out.octet(7).text(tenant).number(seat).number(lease);
      case Declined(String tenant, long seat, long lease, boolean elsewhere, String why) ->
          out.octet(8).text(tenant).number(seat).number(lease).flag(elsewhere).text(why);
      case Renewed(String tenant, long seat, List<Long> leases) ->
          out.octet(9).text(tenant).number(seat).each(leases, out::number);
      case Settled(String tenant, long seat, long lease, Outcome outcome, String payload) ->
          out.octet(10).text(tenant).number(seat).number(lease).choice(outcome).text(payload);
      case SeatClosed(String tenant, long seat) -> out.octet(11).text(tenant).number(seat);
      case Offered(long seat, Offer offer) -> {
        out.octet(12).number(seat).number(offer.lease());
        out.number(offer.attempt()).number(offer.leaseMillis());
        write(out, offer.request());
      }
      case Granted(long seat, long lease) -> out.octet(13).number(seat).number(lease);
      case CancelPassed(long seat, long lease, CancelOrder order) -> {
        out.octet(14).number(seat).number(lease);
        write(out, order);
      }
      case Released(long seat, long lease, ErrorCode code, String why) -> {
        out.octet(15).number(seat).number(lease).flag(code != null);
        if (code != null) {
          out.choice(code);
        }
        out.text(why);
      }
      case SeatUnknown(String tenant, long seat) -> out.octet(16).text(tenant).number(seat);
      case RunSaid(RunView run, Producer holder) -> {
        out.octet(17);
        write(out, run);
        out.flag(holder != null);
        if (holder != null) {
          write(out, holder);
        }
      }
      case DeskTaken(String tenant, long fence) -> out.octet(18).text(tenant).number(fence);
      case DeskLeft(String tenant, long fence) -> out.octet(19).text(tenant).number(fence);
    }
    return out.done();
  }

  /// @throws MalformedMessage for what [#encode] does not write
  static DeskMessage decode(byte[] bytes) {
    MessageReader in = new MessageReader(bytes);
    int version = in.octet();
    if (version != VERSION) {
      throw new MalformedMessage("version: " + version + " (expected: " + VERSION + ")");
    }
    DeskMessage message = message(in);
    in.end();
    return message;
  }

  private static DeskMessage message(MessageReader in) {
    int kind = in.octet();
    return switch (kind) {
      case 1 -> new Ask(in.number(), in.text(), wish(in));
      case 2 -> new Answer(in.number(), reply(in));
      case 3 -> new OfferMessage(in.text(), request(in));
      case 4 -> new Emitted(in.text(), in.text(), in.number(), in.choice(STEPS));
      case 5 -> new SeatOpened(in.text(), in.number(), producer(in));
      case 6 -> new Consumed(in.text(), in.number(), in.text(), in.small());
      case 7 -> new Accepted(in.text(), in.number(), in.number());
      case 8 -> new Declined(in.text(), in.number(), in.number(), in.flag(), in.text());
      case 9 -> new Renewed(in.text(), in.number(), in.each(in::number));
      case 10 -> new Settled(in.text(), in.number(), in.number(), in.choice(OUTCOMES), in.text());
      case 11 -> new SeatClosed(in.text(), in.number());
      case 12 -> new Offered(in.number(), offer(in));
      case 13 -> new Granted(in.number(), in.number());
      case 14 -> new CancelPassed(in.number(), in.number(), order(in));
      case 15 ->
          new Released(in.number(), in.number(), in.flag() ? in.choice(CODES) : null, in.text());
      case 16 -> new SeatUnknown(in.text(), in.number());
      case 17 -> new RunSaid(view(in), in.flag() ? producer(in) : null);
      case 18 -> new DeskTaken(in.text(), in.number());
      case 19 -> new DeskLeft(in.text(), in.number());
      default -> throw new MalformedMessage("kind: " + kind + " (expected: 1-19)");
    };
  }

  // Wishes and replies.

  private static void write(MessageWriter out, Wish wish) {
    switch (wish) {
      case Wish.Start start -> {
        out.octet(1).text(start.user()).text(start.agent()).maybe(start.runId());
        out.maybe(start.idempotencyKey()).each(start.furtherTopics(), out::text);
        out.text(start.provider()).flag(start.direct()).text(start.input());
      }
      case Wish.Send(Request message) -> {
        out.octet(2);
        write(out, message);
      }
      case Wish.Cancel(String runId, CancelOrder order) -> {
        out.octet(3).text(runId);
        write(out, order);
      }
      case Wish.Kill(List<String> runs, CancelOrder order) -> {
        out.octet(4).each(runs, out::text);
        write(out, order);
      }
    }
  }

  private static Wish wish(MessageReader in) {
    int kind = in.octet();
    return switch (kind) {
      case 1 ->
          new Wish.Start(
              in.text(),
              in.text(),
              in.maybe(),
              in.maybe(),
              in.each(in::text),
              in.text(),
              in.flag(),
              in.text());
      case 2 -> new Wish.Send(request(in));
      case 3 -> new Wish.Cancel(in.text(), order(in));
      case 4 -> new Wish.Kill(in.each(in::text), order(in));
      default -> throw new MalformedMessage("wish: " + kind + " (expected: 1-4)");
    };
  }

  private static void write(MessageWriter out, Reply reply) {
    switch (reply) {
      case Reply.Done(RunView run, boolean fresh) -> {
        out.octet(1);
        write(out, run);
        out.flag(fresh);
      }
      case Reply.Refused(ErrorCode code, String why, long retryAfterMillis) ->
          out.octet(2).choice(code).text(why).number(retryAfterMillis);
      case Reply.Taken() -> out.octet(3);
      case Reply.NotHere() -> out.octet(4);
    }
  }

  private static Reply reply(MessageReader in) {
    int kind = in.octet();
    return switch (kind) {
      case 1 -> new Reply.Done(view(in), in.flag());
      case 2 -> new Reply.Refused(in.choice(CODES), in.text(), in.number());
      case 3 -> new Reply.Taken();
      case 4 -> new Reply.NotHere();
      default -> throw new MalformedMessage("reply: " + kind + " (expected: 1-4)");
    };
  }

  // Values.

  private static void write(MessageWriter out, Producer producer) {
    out.text(producer.id()).number(producer.epoch());
  }

  private static Producer producer(MessageReader in) {
    return new Producer(in.text(), in.number());
  }

  private static void write(MessageWriter out, CancelOrder order) {
    out.choice(order.how()).number(order.deadlineMillis()).text(order.by()).text(order.reason());
  }

  private static CancelOrder order(MessageReader in) {
    return new CancelOrder(in.choice(HOWS), in.small(), in.text(), in.text());
  }

  private static Offer offer(MessageReader in) {
    return new Offer(in.number(), in.small(), in.small(), request(in));
  }

  private static void write(MessageWriter out, Request request) {
    out.choice(request.kind()).text(request.inbox()).text(request.id()).text(request.user());
    out.each(request.topics(), out::text);
    out.each(request.ids().entrySet(), id -> out.choice(id.getKey()).text(id.getValue()));
    out.text(request.payload());
  }

  private static Request request(MessageReader in) {
    IngestFrame.Request.Kind kind = in.choice(KINDS);
    String inbox = in.text();
    String id = in.text();
    String user = in.text();
    List<String> topics = in.each(in::text);
    Map<IdField, String> ids = new EnumMap<>(IdField.class);
    in.each(() -> Map.entry(in.choice(FIELDS), in.text()))
        .forEach(each -> ids.put(each.getKey(), each.getValue()));
    return new Request(kind, inbox, id, user, topics, Map.copyOf(ids), in.text());
  }

  private static void write(MessageWriter out, RunView run) {
    out.text(run.tenant()).text(run.id()).text(run.topic()).text(run.agent()).text(run.user());
    out.text(run.provider()).flag(run.direct()).choice(run.status()).flag(run.cancelling());
    out.number(run.createdMillis()).number(run.startedMillis()).number(run.endedMillis());
    out.maybe(run.output());
    RunError error = run.error();
    out.flag(error != null);
    if (error != null) {
      out.text(error.code()).text(error.message()).flag(error.retryable());
    }
    out.number(run.lastSequence());
  }

  private static RunView view(MessageReader in) {
    return new RunView(
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.flag(),
        in.choice(STATUSES),
        in.flag(),
        in.number(),
        in.number(),
        in.number(),
        in.maybe(),
        error(in),
        in.number());
  }

  private static @Nullable RunError error(MessageReader in) {
    return in.flag() ? new RunError(in.text(), in.text(), in.flag()) : null;
  }
}

package io.pushrod.codec.ingest;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// All frames that v1 can express.
final class IngestFrames {
  private IngestFrames() {}

  static Arbitrary<List<FrameModel>> streams() {
    return frames().list().ofMaxSize(6);
  }

  static Arbitrary<FrameModel> frames() {
    return Arbitraries.oneOf(
        events(),
        settled(),
        hello(),
        welcome(),
        reject(),
        goaway(),
        fixed(),
        request(),
        aboutWork());
  }

  private static Arbitrary<FrameModel> events() {
    return Combinators.combine(sequence(), event().list().ofMinSize(1).ofMaxSize(4))
        .as(FrameModel.Events::new);
  }

  private static Arbitrary<EventModel> event() {
    return Combinators.combine(
            bytes255().list().ofMinSize(1).ofMaxSize(8),
            bytes255(),
            Arbitraries.integers().between(0, 5),
            Arbitraries.longs().greaterOrEqual(0),
            Arbitraries.maps(Arbitraries.of(IdField.class), bytes255()),
            text(300))
        .as(EventModel::new);
  }

  private static Arbitrary<FrameModel> settled() {
    return Combinators.combine(
            sequence(), Arbitraries.longs().greaterOrEqual(0).list().ofMinSize(1).ofMaxSize(9))
        .as(FrameModel.Settled::new);
  }

  private static Arbitrary<FrameModel> hello() {
    return Combinators.combine(
            sequence(),
            Arbitraries.strings()
                .withChars("_.:-")
                .alpha()
                .numeric()
                .ofMinLength(1)
                .ofMaxLength(64),
            Arbitraries.strings().withCharRange('!', '~').ofMaxLength(128),
            Arbitraries.strings().withCharRange('!', '~').ofMaxLength(600))
        .as(Hello::new)
        .map(FrameModel.Plain::new);
  }

  private static Arbitrary<FrameModel> welcome() {
    return Combinators.combine(u31(), u31(), u31(), u31(), sequence(), text(80))
        .as(
            (frame, event, bytes, events, last, server) ->
                new Welcome(frame, event, bytes, events, 1 + (int) (last % 60_000), last, server))
        .map(FrameModel.Plain::new);
  }

  private static Arbitrary<FrameModel> reject() {
    return Combinators.combine(sequence(), u16(), u31(), text(100))
        .as((sequence, code, retry, message) -> new Reject(sequence, (int) code, retry, message))
        .map(FrameModel.Plain::new);
  }

  private static Arbitrary<FrameModel> goaway() {
    return Combinators.combine(u16(), Arbitraries.of(true, false), u31(), text(100))
        .as(Goaway::new)
        .map(FrameModel.Plain::new);
  }

  private static Arbitrary<FrameModel> fixed() {
    return Arbitraries.oneOf(
            Combinators.combine(u31(), u31()).as(Window::new),
            Arbitraries.longs().map(Ping::new),
            Arbitraries.longs().map(Pong::new))
        .map(FrameModel.Plain::new);
  }

  private static Arbitrary<FrameModel> request() {
    Arbitrary<Request> whole =
        Combinators.combine(
                sequence(),
                Arbitraries.of(Request.Kind.class),
                u31(),
                u16(),
                name(),
                name(),
                name(),
                topic())
            .as(
                (lease, kind, millis, attempt, inbox, id, user, topic) ->
                    new Request(
                        lease,
                        kind,
                        millis,
                        attempt,
                        inbox,
                        id,
                        user,
                        Collections.nCopies(attempt % 9, topic),
                        Map.of(),
                        ""));
    return Combinators.combine(
            whole, Arbitraries.maps(Arbitraries.of(IdField.class), id()), text(300))
        .as(
            (request, ids, payload) ->
                new Request(
                    request.lease(),
                    request.kind(),
                    request.leaseMillis(),
                    request.attempt(),
                    request.inbox(),
                    request.id(),
                    request.user().substring(1),
                    request.topics(),
                    ids,
                    payload))
        .map(FrameModel.Plain::new);
  }

  private static Arbitrary<FrameModel> aboutWork() {
    return Arbitraries.<IngestFrame>oneOf(
            Combinators.combine(name(), u16()).as(Consume::new),
            sequence().map(Accept::new),
            sequence().map(Grant::new),
            Combinators.combine(sequence(), Arbitraries.of(true, false), text(100)).as(Refuse::new),
            sequence().list().ofMinSize(1).ofMaxSize(9).map(Renew::new),
            Combinators.combine(sequence(), Arbitraries.of(Settle.Outcome.class), text(300))
                .as(Settle::new),
            Combinators.combine(
                    sequence(), Arbitraries.of(Cancel.How.class), u31(), bytes255(), text(100))
                .as(Cancel::new),
            sequence().map(CancelAck::new),
            Combinators.combine(sequence(), u16(), text(100)).as(Release::new))
        .map(FrameModel.Plain::new);
  }

  /// 1 to 63 characters, which have room in a `u8` length.
  private static Arbitrary<String> name() {
    return Arbitraries.strings().withCharRange(' ', '\uD7FF').ofMinLength(1).ofMaxLength(63);
  }

  private static Arbitrary<String> topic() {
    return Arbitraries.strings()
        .withChars("_.:@/-")
        .alpha()
        .numeric()
        .ofMinLength(1)
        .ofMaxLength(255);
  }

  private static Arbitrary<String> id() {
    return Arbitraries.strings().withCharRange('#', '[').ofMinLength(1).ofMaxLength(255);
  }

  private static Arbitrary<Long> sequence() {
    return Arbitraries.longs().between(1, Long.MAX_VALUE - IngestFrame.MAX_PUBLISH_EVENTS);
  }

  private static Arbitrary<Integer> u31() {
    return Arbitraries.integers().greaterOrEqual(0);
  }

  private static Arbitrary<Integer> u16() {
    return Arbitraries.integers().between(0, 65_535);
  }

  /// Texts that have room in a `u8` length; values that a server would reject are among them.
  private static Arbitrary<String> bytes255() {
    return text(63);
  }

  private static Arbitrary<String> text(int maxCodePoints) {
    return Arbitraries.strings().withCharRange(' ', '\uD7FF').ofMaxLength(maxCodePoints);
  }
}

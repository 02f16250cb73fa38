package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Producer;
import io.pushrod.server.run.DeskMessage.Reply;
import io.pushrod.server.run.DeskMessage.Wish;
import io.pushrod.server.run.RunView.RunError;
import io.pushrod.server.run.wire.MalformedMessage;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeskCodecTest {
  private static final Request REQUEST =
      new Request(
          Kind.RUN,
          "agent/écho",
          "r1",
          "ann",
          List.of("run/r1", "thread/42"),
          Map.of(IdField.RUN_ID, "r1", IdField.THREAD_ID, "42"),
          "{\"a\":1}");
  private static final CancelOrder ORDER = new CancelOrder(How.AFTER_NODE, 500, "ann", "enough");
  private static final Producer PRODUCER = new Producer("w", 7);
  private static final RunView RUN =
      new RunView(
          "acme",
          "r1",
          "run/r1",
          "echo",
          "ann",
          "openai",
          true,
          RunStatus.FAILED,
          true,
          1_795_241_760_123L,
          2,
          3,
          null,
          new RunError("timeout", "too long", true),
          9);

  static List<DeskMessage> messages() {
    return List.of(
        new DeskMessage.Ask(
            1,
            "acme",
            new Wish.Start("ann", "echo", null, "k", List.of("thread/42"), "", true, "{}")),
        new DeskMessage.Ask(2, "acme", new Wish.Send(REQUEST)),
        new DeskMessage.Ask(3, "acme", new Wish.Cancel("r1", ORDER)),
        new DeskMessage.Ask(4, "acme", new Wish.Kill(List.of("r1", "r2"), ORDER)),
        new DeskMessage.Answer(1, new Reply.Done(RUN, true)),
        new DeskMessage.Answer(2, new Reply.Refused(ErrorCode.RUN_QUOTA, "full", 1_000)),
        new DeskMessage.Answer(3, new Reply.Taken()),
        new DeskMessage.Answer(Long.MAX_VALUE, new Reply.NotHere()),
        new DeskMessage.OfferMessage("acme", REQUEST),
        new DeskMessage.Emitted("acme", "r1", 12, DeskMessage.NodeStep.BEGUN),
        new DeskMessage.SeatOpened("acme", 5, PRODUCER),
        new DeskMessage.Consumed("acme", 5, "agent/*", 8),
        new DeskMessage.Accepted("acme", 5, Long.MAX_VALUE),
        new DeskMessage.Declined("acme", 5, 6, true, "busy"),
        new DeskMessage.Renewed("acme", 5, List.of(1L, 2L)),
        new DeskMessage.Settled("acme", 5, 6, Outcome.FAILED, "{}"),
        new DeskMessage.SeatClosed("acme", 5),
        new DeskMessage.Offered(5, new Offer(6, 2, 15_000, REQUEST)),
        new DeskMessage.Granted(5, 6),
        new DeskMessage.CancelPassed(5, 6, ORDER),
        new DeskMessage.Released(5, 6, ErrorCode.FENCED, "over"),
        new DeskMessage.Released(5, 6, null, ""),
        new DeskMessage.SeatUnknown("acme", 5),
        new DeskMessage.RunSaid(RUN, PRODUCER),
        new DeskMessage.RunSaid(RUN, null),
        new DeskMessage.DeskTaken("acme", 17),
        new DeskMessage.DeskLeft("acme", 17));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void readsWhatItWrites(DeskMessage message) {
    assertThat(DeskCodec.decode(DeskCodec.encode(message))).isEqualTo(message);
  }

  @Test
  void keepsItsForm() {
    assertThat(HexFormat.of().formatHex(DeskCodec.encode(new DeskMessage.Accepted("acme", 5, 300))))
        .isEqualTo("0107" + "0461636d65" + "05" + "ac02");
  }

  @Test
  void refusesANewerVersion() {
    byte[] bytes = DeskCodec.encode(new DeskMessage.DeskTaken("acme", 1));
    bytes[0] = 2;
    assertThatThrownBy(() -> DeskCodec.decode(bytes))
        .isInstanceOf(MalformedMessage.class)
        .hasMessageContaining("version: 2");
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesWhatIsCutOrLonger(DeskMessage message) {
    byte[] bytes = DeskCodec.encode(message);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> DeskCodec.decode(cut)).isInstanceOf(MalformedMessage.class);
    }
    assertThatThrownBy(() -> DeskCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(MalformedMessage.class);
  }

  @Test
  void endsInAMessageOrARefusalWhateverItIsGiven() {
    Random random = new Random(7);
    List<DeskMessage> all = messages();
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = DeskCodec.encode(all.get(random.nextInt(all.size())));
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(DeskCodec.decode(bytes)).isNotNull();
      } catch (MalformedMessage e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }
}

package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.server.log.Producer;
import io.pushrod.server.run.RunState.Stage;
import io.pushrod.server.run.RunView.RunError;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
  private static final Request REQUEST =
      new Request(
          Kind.RUN,
          "agent/a",
          "r1",
          "ü",
          List.of("run/r1", "t"),
          Map.of(IdField.RUN_ID, "r1"),
          "{}");

  private static RunRecord.OfRun run(
      RunState state, @Nullable String key, @Nullable Producer by, RunAction.@Nullable End end) {
    RunStatus status = end == null ? RunStatus.RUNNING : end.status();
    RunView view =
        new RunView(
            "acme",
            "r1",
            "run/r1",
            "a",
            "ü",
            "p",
            true,
            status,
            state.cancel() != null && !status.isTerminal(),
            1,
            2,
            3,
            null,
            null,
            4);
    return new RunRecord.OfRun(
        5, 6, REQUEST, view, key, 7, state, by, by == null ? "" : "agent/*", true, end, 0);
  }

  private static RunState state(@Nullable CancelOrder cancel) {
    return new RunState(Stage.RUNNING, 8, 2, 9, 0, false, cancel, cancel == null ? 0 : 10, 0);
  }

  private static String hex(RunRecord record) {
    return HexFormat.of().formatHex(RecordCodec.encode(record));
  }

  private static void comesBack(RunRecord record) {
    assertThat(RecordCodec.decode("acme", RecordCodec.encode(record))).isEqualTo(record);
  }

  @Test
  void writesAStamp() {
    assertThat(hex(new RunRecord.Stamp(258))).isEqualTo("0101" + "0000000000000102");
  }

  @Test
  void writesAMessage() {
    Request request =
        new Request(Kind.MESSAGE, "t", "m", "", List.of("t"), Map.of(IdField.THREAD_ID, "4"), "1");
    RunRecord record = new RunRecord.OfMessage(1, 2, request);
    assertThat(hex(record))
        .isEqualTo(
            "0102"
                + "0000000000000001"
                + "0000000000000002"
                + "0000000174"
                + "000000016d"
                + "00000000"
                + "01"
                + "0000000174"
                + "01"
                + "02"
                + "0000000134"
                + "0000000131");
    comesBack(record);
  }

  @Test
  void writesARun() {
    RunRecord record =
        run(
            state(new CancelOrder(How.AFTER_NODE, 11, "b", "c")),
            "k",
            new Producer("w", 12),
            new RunAction.End(RunStatus.FAILED, null, new RunError("E", "m", true), null));
    assertThat(hex(record))
        .isEqualTo(
            "0103"
                + "0000000000000005"
                + "0000000000000006"
                + "000000076167656e742f61"
                + "000000027231"
                + "00000002c3bc"
                + "02"
                + "0000000672756e2f7231"
                + "0000000174"
                + "01"
                + "04"
                + "000000027231"
                + "000000027b7d"
                + "0000000161"
                + "0000000170"
                + "3f"
                + "03"
                + "0000000000000001"
                + "0000000000000002"
                + "0000000000000003"
                + "0000000000000004"
                + "0000000000000007"
                + "0000000000000009"
                + "0000000000000008"
                + "00000002"
                + "02"
                + "000000016b"
                + "0000000177"
                + "000000000000000c"
                + "000000076167656e742f2a"
                + "01"
                + "0000000b"
                + "0000000162"
                + "0000000163"
                + "000000000000000a"
                + "03"
                + "00"
                + "01"
                + "0000000145"
                + "000000016d"
                + "01"
                + "00"
                + "0000000000000000");
    comesBack(record);
  }

  @Test
  void bringsBackWhatItWrote() {
    CancelOrder order = new CancelOrder(How.NOW, 0, "", "");
    comesBack(run(state(null), null, null, null));
    comesBack(run(state(order), null, new Producer("w", 1), null));
    comesBack(
        run(state(null), "k", null, new RunAction.End(RunStatus.COMPLETED, "[1]", null, null)));
    comesBack(
        run(state(order), "k", null, new RunAction.End(RunStatus.CANCELLED, null, null, order)));
  }

  @Test
  void refusesALaterVersion() {
    byte[] later = RecordCodec.encode(new RunRecord.Stamp(1));
    later[0] = 2;
    assertThatThrownBy(() -> RecordCodec.decode("acme", later))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("record: of version 2 (expected: 1, or a newer server)");
  }

  @Test
  void refusesWhatIsCutOrTooLongAnywhere() {
    byte[] whole = RecordCodec.encode(run(state(null), "k", new Producer("w", 1), null));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> RecordCodec.decode("acme", cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertThatThrownBy(() -> RecordCodec.decode("acme", longer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("record: damaged");
  }
}

package io.pushrod.server.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.run.RunAction.End;
import io.pushrod.server.run.RunView.RunError;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the log of a run says about it: whether it has begun, and whether and how it has ended. Its
/// word counts where a record says less.
///
/// @param begun whether the run's begin is in it
/// @param sealed whether its end is in it
/// @param end what that end says; null where it is not there, or not to be read any more
/// @param lastSequence of the log
record LogWord(boolean begun, boolean sealed, @Nullable End end, long lastSequence) {
  /// There is no log.
  static final LogWord NONE = new LogWord(false, false, null, 0);

  private static final Set<String> TIMEOUTS =
      Set.of(RunMachine.TIMEOUT, RunMachine.IDLE_TIMEOUT, RunMachine.NODE_TIMEOUT);

  static LogWord of(@Nullable TopicLog log) {
    if (log == null) {
      return NONE;
    }
    boolean sealed = log.isSealed();
    long last = log.lastSequence();
    return new LogWord(log.isKept(), sealed, sealed ? read(log, last) : null, last);
  }

  /// What became of a run of which nothing but its end is known.
  End endOr(@Nullable End planned) {
    if (planned != null) {
      return planned;
    }
    return end != null
        ? end
        : new End(RunStatus.FAILED, null, new RunError("failed", "", false), null);
  }

  private static @Nullable End read(TopicLog log, long sequence) {
    Segment segment = log.acquire(sequence);
    if (segment == null) {
      return null;
    }
    try {
      int index = (int) (sequence - segment.firstSequence());
      ByteBuf frames = segment.bytes();
      int json = segment.start(index) + FrameLayout.headerLength(frames, segment.start(index));
      JsonMembers event = new JsonMembers().reset(frames, json, segment.endOf(index) - json);
      while (event.next()) {
        if ("data".equals(name(frames, event))) {
          return end(segment.type(index).name(), frames, event.valueOffset(), event.valueLength());
        }
      }
      return null;
    } finally {
      segment.release();
    }
  }

  private static @Nullable End end(String type, ByteBuf in, int offset, int length) {
    return switch (type) {
      case RunTopics.RUN_END ->
          new End(RunStatus.COMPLETED, member(in, offset, length, "output"), null, null);
      case RunTopics.CANCELLED ->
          new End(
              RunStatus.CANCELLED,
              null,
              null,
              new CancelOrder(
                  How.NOW, 0, text(in, offset, length, "by"), text(in, offset, length, "reason")));
      case RunTopics.ERROR -> {
        String code = text(in, offset, length, "code");
        yield new End(
            TIMEOUTS.contains(code) ? RunStatus.TIMED_OUT : RunStatus.FAILED,
            null,
            new RunError(
                code,
                text(in, offset, length, "message"),
                "true".equals(member(in, offset, length, "retryable"))),
            null);
      }
      default -> null;
    };
  }

  private static String name(ByteBuf in, JsonMembers at) {
    return in.toString(at.nameOffset(), at.nameLength(), UTF_8);
  }

  private static @Nullable String member(ByteBuf in, int offset, int length, String name) {
    JsonMembers members = new JsonMembers().reset(in, offset, length);
    while (members.next()) {
      if (name.equals(name(in, members))) {
        String value = in.toString(members.valueOffset(), members.valueLength(), UTF_8);
        return "null".equals(value) ? null : value;
      }
    }
    return null;
  }

  private static String text(ByteBuf in, int offset, int length, String name) {
    JsonMembers members = new JsonMembers().reset(in, offset, length);
    while (members.next()) {
      if (name.equals(name(in, members)) && in.getByte(members.valueOffset()) == '"') {
        return JsonStrings.decode(in, members.valueOffset(), members.valueLength());
      }
    }
    return "";
  }
}

package io.pushrod.server.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.server.log.Producer;
import io.pushrod.server.run.RunState.Stage;
import io.pushrod.server.run.RunView.RunError;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The bytes of a [RunRecord].
///
/// ```
/// u8   version: 1
/// u8   1 stamp, 2 message, 3 run
/// i64  stamp
///      of messages and runs:
/// i64  order
/// str  inbox, id, user
/// u8   number of topics, then a str each
/// u8   number of ids, then u8 code and str each
/// str  payload
///      of runs:
/// str  agent, provider
/// u8   1 direct, 2 begins, 4 has a key, 8 is held, 16 is to be cancelled, 32 has an end
/// u8   status
/// i64  created, started, ended, last sequence
/// i64  began, state's due; i64 lease; i32 attempts; u8 stage
/// str  key, if it has one
/// str  producer, i64 its epoch, str pattern, if it is held
///      order (below), i64 when, if it is to be cancelled
/// u8   status; opt output; u8 has an error: str code, str message, u8 retryable; u8 has an
///      order; i64 ended in the desk's time: if it has an end
/// ```
///
/// A `str` is its length in bytes as an i32, then UTF-8; an `opt` is a u8 and, if that is 1, a str;
/// an order is u8 how, i32 deadline, str by, str reason. Numbers are big-endian. A later version
/// may only be read by a server that knows it: an older one refuses to start on it.
final class RecordCodec {
  static final int VERSION = 1;

  private static final int STAMP = 1;
  private static final int MESSAGE = 2;
  private static final int RUN = 3;

  private static final int DIRECT = 1;
  private static final int BEGINS = 2;
  private static final int KEYED = 4;
  private static final int HELD = 8;
  private static final int CANCELLED = 16;
  private static final int ENDS = 32;

  private RecordCodec() {}

  static byte[] encode(RunRecord record) {
    ByteBuf out = Unpooled.buffer(256);
    out.writeByte(VERSION);
    out.writeByte(
        switch (record) {
          case RunRecord.Stamp _ -> STAMP;
          case RunRecord.OfMessage _ -> MESSAGE;
          case RunRecord.OfRun _ -> RUN;
        });
    out.writeLong(record.stampMillis());
    switch (record) {
      case RunRecord.Stamp _ -> {}
      case RunRecord.OfMessage message -> {
        out.writeLong(message.order());
        write(out, message.request());
      }
      case RunRecord.OfRun run -> {
        out.writeLong(run.order());
        write(out, run.request());
        write(out, run);
      }
    }
    return ByteBufUtil.getBytes(out);
  }

  private static void write(ByteBuf out, Request request) {
    write(out, request.inbox());
    write(out, request.id());
    write(out, request.user());
    out.writeByte(request.topics().size());
    request.topics().forEach(topic -> write(out, topic));
    out.writeByte(request.ids().size());
    for (IdField field : IdField.values()) {
      String value = request.ids().get(field);
      if (value != null) {
        out.writeByte(field.code());
        write(out, value);
      }
    }
    write(out, request.payload());
  }

  private static void write(ByteBuf out, RunRecord.OfRun run) {
    RunView view = run.view();
    RunState state = run.state();
    CancelOrder cancel = state.cancel();
    write(out, view.agent());
    write(out, view.provider());
    out.writeByte(
        (view.direct() ? DIRECT : 0)
            | (run.begins() ? BEGINS : 0)
            | (run.key() != null ? KEYED : 0)
            | (run.producer() != null ? HELD : 0)
            | (cancel != null ? CANCELLED : 0)
            | (run.end() != null ? ENDS : 0));
    out.writeByte(view.status().ordinal());
    out.writeLong(view.createdMillis());
    out.writeLong(view.startedMillis());
    out.writeLong(view.endedMillis());
    out.writeLong(view.lastSequence());
    out.writeLong(run.beganMillis());
    out.writeLong(state.dueMillis());
    out.writeLong(state.lease());
    out.writeInt(state.attempts());
    out.writeByte(state.stage().ordinal());
    if (run.key() != null) {
      write(out, run.key());
    }
    if (run.producer() != null) {
      write(out, run.producer().id());
      out.writeLong(run.producer().epoch());
      write(out, run.pattern());
    }
    if (cancel != null) {
      write(out, cancel);
      out.writeLong(state.cancelMillis());
    }
    if (run.end() != null) {
      write(out, run.end());
      out.writeLong(run.endedMillis());
    }
  }

  private static void write(ByteBuf out, CancelOrder order) {
    out.writeByte(order.how().ordinal());
    out.writeInt(order.deadlineMillis());
    write(out, order.by());
    write(out, order.reason());
  }

  private static void write(ByteBuf out, RunAction.End end) {
    out.writeByte(end.status().ordinal());
    out.writeBoolean(end.output() != null);
    if (end.output() != null) {
      write(out, end.output());
    }
    RunError error = end.error();
    out.writeBoolean(error != null);
    if (error != null) {
      write(out, error.code());
      write(out, error.message());
      out.writeBoolean(error.retryable());
    }
    out.writeBoolean(end.cancel() != null);
    if (end.cancel() != null) {
      write(out, end.cancel());
    }
  }

  private static void write(ByteBuf out, String text) {
    out.writeInt(ByteBufUtil.utf8Bytes(text));
    ByteBufUtil.writeUtf8(out, text);
  }

  /// @throws IllegalArgumentException when a later version wrote it, or it is no record
  static RunRecord decode(String tenant, byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    try {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new IllegalArgumentException(
            "record: of version " + version + " (expected: " + VERSION + ", or a newer server)");
      }
      int kind = in.readUnsignedByte();
      long stamp = in.readLong();
      RunRecord record =
          switch (kind) {
            case STAMP -> new RunRecord.Stamp(stamp);
            case MESSAGE ->
                new RunRecord.OfMessage(stamp, in.readLong(), readRequest(in, Kind.MESSAGE));
            case RUN -> readRun(tenant, stamp, in);
            default -> throw torn(null);
          };
      if (in.isReadable()) {
        throw torn(null);
      }
      return record;
    } catch (IndexOutOfBoundsException e) {
      throw torn(e);
    }
  }

  private static IllegalArgumentException torn(@Nullable Exception cause) {
    return new IllegalArgumentException("record: damaged (expected: a run or a message)", cause);
  }

  private static Request readRequest(ByteBuf in, Kind kind) {
    String inbox = text(in);
    String id = text(in);
    String user = text(in);
    int count = in.readUnsignedByte();
    List<String> topics = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      topics.add(text(in));
    }
    Map<IdField, String> ids = new EnumMap<>(IdField.class);
    for (int left = in.readUnsignedByte(); left > 0; left--) {
      ids.put(constant(IdField.values(), in.readUnsignedByte() - 1), text(in));
    }
    return new Request(kind, inbox, id, user, List.copyOf(topics), Map.copyOf(ids), text(in));
  }

  private static RunRecord.OfRun readRun(String tenant, long stamp, ByteBuf in) {
    long order = in.readLong();
    Request request = readRequest(in, Kind.RUN);
    String agent = text(in);
    String provider = text(in);
    int flags = in.readUnsignedByte();
    RunStatus status = constant(RunStatus.values(), in.readUnsignedByte());
    long created = in.readLong();
    long started = in.readLong();
    long ended = in.readLong();
    long lastSequence = in.readLong();
    long began = in.readLong();
    long due = in.readLong();
    long lease = in.readLong();
    int attempts = in.readInt();
    Stage stage = constant(Stage.values(), in.readUnsignedByte());
    String key = (flags & KEYED) == 0 ? null : text(in);
    boolean held = (flags & HELD) != 0;
    Producer producer = held ? new Producer(text(in), in.readLong()) : null;
    String pattern = held ? text(in) : "";
    CancelOrder cancel = (flags & CANCELLED) == 0 ? null : readOrder(in);
    long cancelMillis = cancel == null ? 0 : in.readLong();
    RunAction.End end = (flags & ENDS) == 0 ? null : readEnd(in);
    long endedMillis = end == null ? 0 : in.readLong();
    RunView view =
        new RunView(
            tenant,
            request.id(),
            Run.TOPICS + request.id(),
            agent,
            request.user(),
            provider,
            (flags & DIRECT) != 0,
            status,
            cancel != null && !status.isTerminal(),
            created,
            started,
            ended,
            null,
            null,
            lastSequence);
    RunState state = new RunState(stage, lease, attempts, due, 0, false, cancel, cancelMillis, 0);
    return new RunRecord.OfRun(
        stamp,
        order,
        request,
        view,
        key,
        began,
        state,
        producer,
        pattern,
        (flags & BEGINS) != 0,
        end,
        endedMillis);
  }

  private static CancelOrder readOrder(ByteBuf in) {
    return new CancelOrder(
        constant(How.values(), in.readUnsignedByte()), in.readInt(), text(in), text(in));
  }

  private static RunAction.End readEnd(ByteBuf in) {
    RunStatus status = constant(RunStatus.values(), in.readUnsignedByte());
    String output = in.readBoolean() ? text(in) : null;
    RunError error = in.readBoolean() ? new RunError(text(in), text(in), in.readBoolean()) : null;
    CancelOrder cancel = in.readBoolean() ? readOrder(in) : null;
    return new RunAction.End(status, output, error, cancel);
  }

  private static String text(ByteBuf in) {
    int length = in.readInt();
    if (length < 0) {
      throw torn(null);
    }
    return in.readCharSequence(length, UTF_8).toString();
  }

  private static <T> T constant(T[] all, int index) {
    if (index < 0 || index >= all.length) {
      throw torn(null);
    }
    return all[index];
  }
}

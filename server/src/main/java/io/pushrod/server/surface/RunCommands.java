package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.ClientCommand;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.guard.Action;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.Request;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.Identity;
import org.jspecify.annotations.Nullable;

/// What native clients tell runs and workers.
///
/// **Thread:** the connection's shard; holds no state of its own.
final class RunCommands {
  private final Access access;
  private final Desks desks;
  private final MessageIntake messages;

  RunCommands(Access access, Desks desks) {
    this.access = access;
    this.desks = desks;
    this.messages = new MessageIntake(access, desks);
  }

  /// @throws RequestException `NOT_FOUND` for a run that `who` may not see, `FORBIDDEN` for one
  ///   that it may only see, `KILL_SWITCH` while cancels are switched off
  void cancel(
      NativeConnection connection, Identity who, ClientCommand.Cancel command, ReplySink sink) {
    RunView run = desks.find(who.tenant(), command.run());
    if (run == null || !Desks.maySee(who, run)) {
      connection.metrics().count(Counter.AUTH_GRANT);
      throw new RequestException(
          ErrorCode.NOT_FOUND,
          "run: " + command.run() + " (expected: one that exists and you may see)");
    }
    access.check(connection.metrics(), who, Action.RUN_CANCEL);
    if (!Desks.mayCancel(who, run)) {
      connection.metrics().count(Counter.AUTH_GRANT);
      throw new RequestException(
          ErrorCode.FORBIDDEN, "run: " + command.run() + " (expected: one that you may cancel)");
    }
    String reason = command.reason();
    desks.cancel(
        who.tenant(),
        command.run(),
        new CancelOrder(
            command.how(),
            command.deadlineMillis(),
            who.user(),
            reason == null ? CancelOrder.DEFAULT_REASON : reason),
        answer ->
            connection.shard().loop().execute(() -> reply(connection, command, answer, sink)));
  }

  private static void reply(
      NativeConnection connection, ClientCommand.Cancel command, RunAnswer answer, ReplySink sink) {
    switch (answer) {
      case RunAnswer.Done(RunView run, boolean _) -> {
        ByteBuf out = NativeSurface.buffer(connection);
        boolean ends = run.cancelling() && !run.status().isTerminal();
        Replies.ackCancel(out, command.id(), run.id(), ends ? "cancelling" : run.status().label());
        sink.reply(200, out);
      }
      case RunAnswer.Refused refused -> refuse(connection, command.id(), refused, sink);
    }
  }

  /// @throws RequestException `NOT_FOUND` for an inbox that is not granted, `TOO_LARGE` for too
  ///   much data
  void send(NativeConnection connection, Identity who, ClientCommand.Send command, ReplySink sink) {
    NativeSurface.checkServing(connection.shard());
    Request request = messages.take(command.request(), who, connection.metrics());
    desks.send(
        who,
        request,
        refused ->
            connection
                .shard()
                .loop()
                .execute(() -> reply(connection, command.id(), request, refused, sink)));
  }

  private static void reply(
      NativeConnection connection,
      @Nullable String id,
      Request request,
      RunAnswer.@Nullable Refused refused,
      ReplySink sink) {
    if (refused == null) {
      ByteBuf out = NativeSurface.buffer(connection);
      Replies.ackSend(out, id, request.inbox(), request.id());
      sink.reply(200, out);
    } else {
      refuse(connection, id, refused, sink);
    }
  }

  private static void refuse(
      NativeConnection connection, @Nullable String id, RunAnswer.Refused refused, ReplySink sink) {
    NativeSurface.refuse(
        connection, sink, id, refused.code(), refused.message(), refused.retryAfterMillis());
  }
}

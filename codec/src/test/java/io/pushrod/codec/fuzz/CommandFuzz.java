package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.command.ClientCommand;
import io.pushrod.codec.command.CommandException;
import io.pushrod.codec.command.Replies;
import io.pushrod.codec.command.SendRequest;
import io.pushrod.codec.json.JsonScanner;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Any message of a client is a valid command or refused under its id; the answer is JSON.
public final class CommandFuzz {
  private CommandFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    ByteBuf in = Unpooled.wrappedBuffer(input);
    ByteBuf reply = Unpooled.buffer();
    try {
      ClientCommand command = ClientCommand.parse(in, 0, input.length);
      id(command.id());
      switch (command) {
        case ClientCommand.Auth auth ->
            Claim.that(
                auth.token().length() < 12 || !auth.toString().contains(auth.token()),
                "a token is not shown");
        case ClientCommand.Subscribe subscribe ->
            Claim.that(TopicName.isValid(subscribe.topic()), "topic");
        case ClientCommand.Unsubscribe unsubscribe ->
            Claim.that(TopicName.isValid(unsubscribe.topic()), "topic");
        case ClientCommand.History history -> {
          Claim.that(TopicName.isValid(history.topic()), "topic");
          Claim.that(history.limit() >= 0, "limit");
        }
        case ClientCommand.Publish publish -> PublishRequestFuzz.check(publish.request());
        case ClientCommand.Cancel cancel -> {
          Claim.that(TopicName.isValid("run/" + cancel.run()), "run");
          Claim.that(cancel.deadlineMillis() >= 0, "deadline");
          String reason = cancel.reason();
          Claim.that(
              reason == null || reason.length() <= ClientCommand.MAX_REASON_CHARS,
              "a reason is bounded");
        }
        case ClientCommand.Send send -> check(send.request());
        case ClientCommand.Presence presence -> {
          Claim.that(TopicName.isValid(presence.topic()), "topic");
          Claim.that(presence.limit() >= 0, "limit");
        }
        case ClientCommand.State state -> {
          Claim.that(TopicName.isValid(state.topic()), "topic");
          check(state.state());
        }
        case ClientCommand.Ping _ -> {}
      }
    } catch (CommandException e) {
      id(e.id());
      Claim.bounded(String.valueOf(e.getMessage()));
      Replies.error(reply, e.id(), e.code(), String.valueOf(e.getMessage()));
      Claim.that(JsonScanner.check(reply, 0, reply.readableBytes()), "the answer is JSON");
    }
    Claim.that(in.readerIndex() == 0, "the bytes stay the caller's");
  }

  private static void check(SendRequest request) {
    Claim.that(TopicName.isValid(request.topic()), "topic");
    Claim.that(TypeName.isPublishable(request.type()), "type");
    Claim.that(request.ids().values().stream().allMatch(IdField::isValid), "ids");
    byte[] payload = request.payload().getBytes(StandardCharsets.UTF_8);
    Claim.that(
        JsonScanner.check(Unpooled.wrappedBuffer(payload), 0, payload.length),
        "a payload is compact JSON");
  }

  private static void check(@Nullable String state) {
    if (state != null) {
      byte[] json = state.getBytes(StandardCharsets.UTF_8);
      Claim.that(
          JsonScanner.check(Unpooled.wrappedBuffer(json), 0, json.length) && json[0] == '{',
          "a state is a compact JSON object");
    }
  }

  private static void id(@Nullable String id) {
    if (id != null) {
      Claim.that(id.length() <= 6 * ClientCommand.MAX_ID_CHARS + 2, "an id is bounded");
    }
  }
}

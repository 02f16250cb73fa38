package io.pushrod.client;

/// Takes the messages of an inbox.
///
/// **Thread:** a virtual thread of the message's own; several messages at once, up to the inbox's
/// credit.
@FunctionalInterface
public interface MessageHandler {
  /// Takes one message, which is settled when this returns.
  ///
  /// @throws Exception to say that the message was not taken, with a code if it is a [RunFailed]
  void take(MessageRequest message) throws Exception;
}

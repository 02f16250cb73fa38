package io.pushrod.server.http;

/// An endpoint that is called when the head of a request is here, and takes the body as it comes by
/// [Exchange#receive].
///
/// Until it does, nothing of the body is read, and a client that asked (`Expect: 100-continue`) is
/// not told to send it. One that is answered before its body was read is answered last: the
/// connection ends.
@FunctionalInterface
public interface StreamingEndpoint extends Endpoint {
  @Override
  default boolean streamsBody(Exchange exchange) {
    return true;
  }
}

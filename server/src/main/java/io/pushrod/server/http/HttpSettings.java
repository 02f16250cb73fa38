package io.pushrod.server.http;

/// Bounds and timeouts of HTTP connections on one port.
///
/// @param requestLineBytes longest request line; a longer one is answered 414
/// @param headerBytes all header lines of one request together; more is answered 431
/// @param headers header lines of one request; more are answered 431
/// @param publishBodyBytes longest request body; a longer one is answered 413
/// @param pipelinedRequests requests of one connection handled in a row before other connections
///   get a turn
/// @param handshakeTimeoutNanos from accepting a connection to the end of its first request's
///   headers
/// @param headerTimeoutNanos from the first byte of a later request to the end of its headers
/// @param bodyTimeoutNanos from the end of the headers to the end of the body
/// @param idleTimeoutNanos between an answer and the next request, the time to send the answer
///   included
public record HttpSettings(
    int requestLineBytes,
    int headerBytes,
    int headers,
    int publishBodyBytes,
    int pipelinedRequests,
    long handshakeTimeoutNanos,
    long headerTimeoutNanos,
    long bodyTimeoutNanos,
    long idleTimeoutNanos) {

  public HttpSettings {
    positive("requestLineBytes", requestLineBytes);
    positive("headerBytes", headerBytes);
    positive("headers", headers);
    positive("publishBodyBytes", publishBodyBytes);
    positive("pipelinedRequests", pipelinedRequests);
    positive("handshakeTimeoutNanos", handshakeTimeoutNanos);
    positive("headerTimeoutNanos", headerTimeoutNanos);
    positive("bodyTimeoutNanos", bodyTimeoutNanos);
    positive("idleTimeoutNanos", idleTimeoutNanos);
  }

  private static void positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
    }
  }
}

package io.pushrod.server.cli;

/// Reads a topic over `GET /v1/sse`.
final class SseFeed implements Feed {
  private final TailRequest request;

  SseFeed(TailRequest request) {
    this.request = request;
  }

  @Override
  public Ending read(String after, TailReader reader) throws InterruptedException {
    String path =
        "/v1/sse?topic="
            + EventStream.encode(request.topic())
            + parameter("filter", request.filter())
            + parameter("after", reader.isReading() ? "" : after);
    return new EventStream(request.base(), request.token(), request.silence()).read(path, reader);
  }

  private static String parameter(String name, String value) {
    return value.isEmpty() ? "" : '&' + name + '=' + EventStream.encode(value);
  }
}

package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/// Completes an answer with the headers that every answer has.
///
/// **Thread:** any.
final class ResponseFactory {
  private static final String NOSNIFF_HEADER = "X-Content-Type-Options";

  private final OriginPolicy origins;
  private final DateHeader date;

  ResponseFactory(OriginPolicy origins, DateHeader date) {
    this.origins = origins;
    this.date = date;
  }

  /// @param request null if it could not be read
  /// @param headers what the endpoint set
  /// @param body becomes the response's; HEAD gets its length only
  FullHttpResponse response(
      @Nullable HttpRequest request,
      boolean keepAlive,
      int status,
      HttpHeaders headers,
      ByteBuf body) {
    int length = body.readableBytes();
    ByteBuf content = body;
    if (request != null && request.method().equals(HttpMethod.HEAD)) {
      body.release();
      content = Unpooled.EMPTY_BUFFER;
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            content,
            DefaultHttpHeadersFactory.headersFactory(),
            DefaultHttpHeadersFactory.trailersFactory());
    if (status != 204 && status != 304) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
    }
    complete(response, request, keepAlive, headers);
    return response;
  }

  /// The head of a response whose body follows. Unless the headers say how long it is, it comes in
  /// chunks or, to a peer that knows none, ends with the connection.
  HttpResponse head(HttpRequest request, boolean keepAlive, int status, HttpHeaders headers) {
    HttpResponse response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    boolean hasBody = !request.method().equals(HttpMethod.HEAD);
    if (hasBody
        && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)
        && request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    complete(response, request, keepAlive, headers);
    return response;
  }

  private void complete(
      HttpResponse response,
      @Nullable HttpRequest request,
      boolean keepAlive,
      HttpHeaders headers) {
    HttpHeaders all = response.headers().add(headers);
    all.set(HttpHeaderNames.DATE, date.value());
    all.set(NOSNIFF_HEADER, "nosniff");
    if (request != null) {
      origins.addTo(
          all,
          request.headers().get(HttpHeaderNames.ORIGIN),
          request.headers().get(HttpHeaderNames.HOST));
    }
    if (!keepAlive) {
      all.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (request != null && request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      all.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }
}

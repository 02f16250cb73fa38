package io.pushrod.server.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.ShardMetrics;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One request and its one answer.
///
/// Every exchange must be answered or taken over, once, even when its peer has gone: an answer to a
/// closed connection is released and forgotten.
///
/// **Thread:** the channel's event loop.
public final class Exchange {
  static final String JSON = "application/json";

  private static final Pattern ADDRESS =
      Pattern.compile("(localhost|[0-9]+(\\.[0-9]+){3}|\\[[0-9a-fA-F:.]+])(:[0-9]+)?");

  private final HttpConnection connection;
  private final HttpRequest request;
  private final Target target;
  private final ByteBuf body;
  private Map<String, String> captures = Map.of();
  private @Nullable String path;
  private @Nullable Query query;

  /// What the answer has besides what it is given.
  private final HttpHeaders further = new DefaultHttpHeaders();

  Exchange(HttpConnection connection, HttpRequest request, Target target, ByteBuf body) {
    this.connection = connection;
    this.request = request;
    this.target = target;
    this.body = body;
  }

  public HttpMethod method() {
    return request.method();
  }

  /// The path, percent-decoded.
  ///
  /// @throws RequestException if it is not percent-encoded UTF-8
  public String path() {
    String known = path;
    if (known == null) {
      known = Percent.decode(target.path());
      path = known;
    }
    return known;
  }

  /// The path as it was sent.
  public String rawPath() {
    return target.path();
  }

  /// What stood in the place of `{name}` or `{name...}`, percent-decoded; never empty.
  ///
  /// @throws IllegalArgumentException if the route has no such parameter
  public String pathParameter(String name) {
    String value = captures.get(name);
    if (value == null) {
      throw new IllegalArgumentException("path parameter: " + name + " (expected: in the route)");
    }
    return value;
  }

  /// What stood in the place of each parameter of the route.
  public Map<String, String> pathParameters() {
    return captures;
  }

  void captured(Map<String, String> parameters) {
    captures = parameters;
  }

  /// @throws RequestException if the query is not percent-encoded UTF-8, or has more than 512
  ///   parameters
  public Query query() {
    Query known = query;
    if (known == null) {
      known = Query.parse(target.query());
      query = known;
    }
    return known;
  }

  public HttpHeaders headers() {
    return request.headers();
  }

  /// The first header of that name.
  public @Nullable String header(CharSequence name) {
    return request.headers().get(name);
  }

  /// The whole body, empty if there was none. Borrowed: it is released when [Endpoint#handle]
  /// returns; retain it to keep it longer.
  public ByteBuf body() {
    return body;
  }

  /// Takes the body as it comes, from now on; for a [StreamingEndpoint]. A body that is longer than
  /// the limit, or not here in time, is answered here, and the sink told.
  ///
  /// @throws IllegalStateException if the exchange was answered, or this was called before
  public void receive(BodyLimit limit, BodySink sink) {
    connection.receive(this, limit, sink);
  }

  /// The sink, which had enough, wants the next piece.
  public void resumeBody() {
    connection.resumeBody(this);
  }

  /// Whether the peer speaks HTTP/1.0 and knows no chunks.
  public boolean isHttp10() {
    return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
  }

  public Channel channel() {
    return connection.channel();
  }

  public SocketAddress remoteAddress() {
    return connection.channel().remoteAddress();
  }

  /// The counters of the loop that this exchange lives on.
  public ShardMetrics metrics() {
    return connection.metrics();
  }

  /// Whether the page that sent this, if one did, may use us.
  public boolean originAllowed() {
    return connection
        .origins()
        .allows(header(HttpHeaderNames.ORIGIN), header(HttpHeaderNames.HOST));
  }

  /// The `Cookie` header, unless a page sent it that may not act with its visitor's cookies.
  public @Nullable String cookies() {
    boolean allowed =
        connection
            .origins()
            .allowsCookies(header(HttpHeaderNames.ORIGIN), header(HttpHeaderNames.HOST));
    return allowed ? header(HttpHeaderNames.COOKIE) : null;
  }

  /// Whether the request names us by address or as `localhost`. A page of another site that had its
  /// own name resolve to us (DNS rebinding) passes for the same origin, but not this.
  public boolean isByAddress() {
    String host = header(HttpHeaderNames.HOST);
    return host != null && ADDRESS.matcher(host).matches();
  }

  /// Adds a header to the answer, whichever it will be.
  public void addHeader(CharSequence name, CharSequence value) {
    further.set(name, value);
  }

  /// The headers by which an allowed page may read the answer, and those of [#addHeader]; for who
  /// writes an answer after [#takeOver].
  public HttpHeaders answerHeaders() {
    HttpHeaders answer = new DefaultHttpHeaders();
    answer.add(further);
    connection
        .origins()
        .addTo(answer, header(HttpHeaderNames.ORIGIN), header(HttpHeaderNames.HOST));
    return answer;
  }

  /// Answers with JSON that no cache keeps.
  ///
  /// @param json becomes ours
  public void respondJson(int status, ByteBuf json) {
    respond(status, JSON, json, HttpHeaderNames.CACHE_CONTROL, "no-store");
  }

  /// Answers with JSON that no cache keeps.
  public void respondJson(int status, String json) {
    respondJson(status, ByteBufUtil.writeUtf8(channel().alloc(), json));
  }

  /// Answers.
  ///
  /// @param body becomes ours
  /// @param headers names and values by turns
  public void respond(int status, CharSequence contentType, ByteBuf body, CharSequence... headers) {
    HttpHeaders all = pairs(headers);
    all.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    connection.respond(this, status, all, body);
  }

  /// Answers with JSON that no cache keeps, made as fast as the peer takes it.
  public void streamJson(int status, BodySource json) {
    HttpHeaders all = pairs(HttpHeaderNames.CACHE_CONTROL, "no-store");
    all.set(HttpHeaderNames.CONTENT_TYPE, JSON);
    connection.stream(this, status, all, json);
  }

  /// Answers with a body that is made as fast as the peer takes it.
  ///
  /// @param headers names and values by turns; `Content-Length` where it is known
  public void stream(
      int status, CharSequence contentType, BodySource body, CharSequence... headers) {
    HttpHeaders all = pairs(headers);
    all.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    connection.stream(this, status, all, body);
  }

  /// The [BodySource] that this is answered with has its next piece. Does nothing once the answer
  /// is out or the connection gone.
  public void proceed() {
    connection.proceed(this);
  }

  /// Answers without a body.
  ///
  /// @param headers names and values by turns
  public void respondEmpty(int status, CharSequence... headers) {
    connection.respond(this, status, pairs(headers), Unpooled.EMPTY_BUFFER);
  }

  /// Answers with `{"error":{"code":…,"message":…,"retryable":…}}` and the status of the code.
  ///
  /// @param message in the form `name: value (expected: …)`; holds no secret
  /// @param headers names and values by turns
  public void respondError(ErrorCode code, String message, CharSequence... headers) {
    metrics().httpError(code);
    HttpHeaders all = pairs(headers);
    if (code.status() == 401) {
      all.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    } else if (code == ErrorCode.UPGRADE_REQUIRED) {
      all.set(HttpHeaderNames.UPGRADE, "websocket");
      all.set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13");
    } else if ((code.status() == 503 || code.status() == 429)
        && !all.contains(HttpHeaderNames.RETRY_AFTER)) {
      all.set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    all.set(HttpHeaderNames.CONTENT_TYPE, JSON);
    all.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    connection.respond(
        this,
        code.status(),
        all,
        Unpooled.wrappedBuffer(errorJson(code, message).getBytes(StandardCharsets.UTF_8)));
  }

  public void respondError(RequestException failure) {
    respondError(failure.code(), String.valueOf(failure.getMessage()));
  }

  /// Answers once some work is done: from its result, or with what it was refused for. Any other
  /// failure is ours, and so is an answer that throws.
  ///
  /// @param answer is called on the channel's event loop
  public <T extends @Nullable Object> void answerAfter(
      CompletionStage<T> work, Consumer<T> answer) {
    answerAfter(work, answer, this::respondError);
  }

  /// The same in another language than the native one.
  ///
  /// @param refusal answers in it; is called on the channel's event loop
  public <T extends @Nullable Object> void answerAfter(
      CompletionStage<T> work, Consumer<T> answer, Consumer<RequestException> refusal) {
    var _ =
        work.whenCompleteAsync(
            (result, failure) -> {
              try {
                if (failure == null) {
                  answer.accept(result);
                } else {
                  refusal.accept(refusal(failure));
                }
              } catch (RuntimeException | AssertionError e) {
                connection.onFailure(this, e);
              }
            },
            channel().eventLoop());
  }

  private RequestException refusal(Throwable failure) {
    Throwable cause = failure instanceof CompletionException e ? e.getCause() : failure;
    if (cause instanceof RequestException expected) {
      return expected;
    }
    connection.onFault(failure);
    return new RequestException(ErrorCode.INTERNAL, "server: failed (expected: an answer)");
  }

  /// Makes the connection speak another protocol: removes every HTTP handler, puts `replacement` in
  /// their place, and stops counting and timing the connection as HTTP. The replacement's
  /// `channelActive` is not called again. Reading is on afterwards.
  ///
  /// @return the bytes behind this request that have arrived already, often none; the caller
  ///   releases them
  /// @throws IllegalStateException if the exchange was answered, or its connection is closed
  public ByteBuf takeOver(ChannelHandler replacement) {
    return connection.takeOver(this, replacement);
  }

  boolean isHead() {
    return request.method().equals(HttpMethod.HEAD);
  }

  HttpRequest request() {
    return request;
  }

  static String errorJson(ErrorCode code, String message) {
    StringBuilder json = new StringBuilder(96 + message.length());
    json.append("{\"error\":{\"code\":\"").append(code.label()).append("\",\"message\":\"");
    JsonStringEncoder.getInstance().quoteAsString(message, json);
    return json.append("\",\"retryable\":").append(code.retryable()).append("}}").toString();
  }

  private HttpHeaders pairs(CharSequence... headers) {
    HttpHeaders all = new DefaultHttpHeaders();
    all.add(further);
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    return all;
  }
}

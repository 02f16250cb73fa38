package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import org.jspecify.annotations.Nullable;

/// The request that is being read: its head, and its body as far as it has come.
///
/// **Thread:** the channel's event loop.
final class PendingRequest {
  private final HttpSettings settings;
  private final RequestBody body;
  private @Nullable HttpRequest head;
  private @Nullable Target target;

  PendingRequest(ByteBufAllocator alloc, HttpSettings settings) {
    this.settings = settings;
    this.body = new RequestBody(alloc, settings.publishBodyBytes());
  }

  /// Null between requests.
  @Nullable HttpRequest head() {
    return head;
  }

  /// @return why it is refused; null if it is not
  @Nullable Refusal begin(HttpRequest head) {
    this.head = head;
    Refusal refusal = RequestRules.check(head, settings);
    if (refusal != null) {
      return refusal;
    }
    try {
      target = Target.parse(head.uri());
      return null;
    } catch (RequestException e) {
      return Refusal.malformed(Counter.HTTP_BAD_TARGET, String.valueOf(e.getMessage()));
    }
  }

  boolean announcesBody() {
    return head != null && RequestRules.announcesBody(head);
  }

  /// @return why a body of the length that the head announces is refused; null if it is not
  @Nullable Refusal judgeLength() {
    return head != null && HttpUtil.getContentLength(head, 0L) > settings.publishBodyBytes()
        ? tooLarge()
        : null;
  }

  /// Adds a piece of the body, which stays the caller's.
  ///
  /// @return why it is refused; null if it is not
  @Nullable Refusal add(ByteBuf piece) {
    return body.add(piece) ? null : tooLarge();
  }

  private Refusal tooLarge() {
    return Refusal.bodyTooLarge(settings.publishBodyBytes());
  }

  /// The exchange of this request without its body.
  Exchange unread(HttpConnection connection) {
    return exchange(connection, Unpooled.EMPTY_BUFFER);
  }

  /// The exchange of this request, which is pending no more.
  ///
  /// @return its body is the caller's
  Exchange take(HttpConnection connection) {
    Exchange exchange = exchange(connection, body.take());
    clear();
    return exchange;
  }

  private Exchange exchange(HttpConnection connection, ByteBuf body) {
    if (head == null || target == null) {
      throw new IllegalStateException("request: none (expected: a head before its body)");
    }
    return new Exchange(connection, head, target, body);
  }

  /// Forgets it, and releases what has come of its body.
  void clear() {
    head = null;
    target = null;
    body.release();
  }
}

package io.pushrod.server.auth;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// The body of an answer, which is not read beyond its bound.
///
/// **Thread:** the HTTP client's, one at a time.
final class BoundedBody implements BodySubscriber<byte[]> {
  private final int maxBytes;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;

  BoundedBody(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return whole;
  }

  @Override
  public void onSubscribe(Flow.Subscription upstream) {
    subscription = upstream;
    upstream.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> pieces) {
    Flow.Subscription upstream = Objects.requireNonNull(subscription);
    for (ByteBuffer piece : pieces) {
      if (piece.remaining() > maxBytes - bytes.size()) {
        upstream.cancel();
        whole.completeExceptionally(new TooLarge(maxBytes));
        return;
      }
      byte[] copy = new byte[piece.remaining()];
      piece.get(copy);
      bytes.writeBytes(copy);
    }
    upstream.request(1);
  }

  @Override
  public void onError(Throwable failure) {
    whole.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    whole.complete(bytes.toByteArray());
  }

  /// There was more than the bound.
  static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;
    private final int maxBytes;

    TooLarge(int maxBytes) {
      super("body: larger (expected: at most " + maxBytes + " bytes)");
      this.maxBytes = maxBytes;
    }

    int maxBytes() {
      return maxBytes;
    }
  }
}

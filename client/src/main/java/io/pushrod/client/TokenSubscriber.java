package io.pushrod.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/// Emits what it is given as tokens of a run, one asked for after the other.
///
/// **Thread:** as the rules of [Flow] say; [#await] is called by the run's handler.
final class TokenSubscriber implements Flow.Subscriber<String> {
  private final RunContext run;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private volatile @Nullable Subscription subscription;

  TokenSubscriber(RunContext run) {
    this.run = run;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (this.subscription != null || done.isDone()) {
      subscription.cancel();
      return;
    }
    this.subscription = subscription;
    subscription.request(1);
  }

  @Override
  public void onNext(String chunk) {
    Subscription from = subscription;
    if (from == null || done.isDone()) {
      return;
    }
    try {
      run.checkNotCancelled();
      run.token(chunk);
      from.request(1);
    } catch (RuntimeException e) {
      from.cancel();
      done.completeExceptionally(e);
    }
  }

  @Override
  public void onError(Throwable failure) {
    done.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    done.complete(null);
  }

  /// Waits for the end of what is published, which it cancels when it is interrupted.
  ///
  /// @throws Exception what it ended with
  void await() throws Exception {
    try {
      var _ = done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } finally {
      done.cancel(false);
      Subscription from = subscription;
      if (from != null) {
        from.cancel();
      }
    }
  }
}

package io.pushrod.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Takes the requests of inboxes, and does them: runs of agents, and messages.
///
/// It keeps up one connection by itself, as a [Publisher] does, over which the events of its runs
/// leave as well. A run begins once, on one worker; its handler goes on while the connection is
/// down, and what it has said by then is said after it.
///
/// **Thread:** any.
public final class Worker implements AutoCloseable {
  private final Publisher publisher;
  private final Leases leases;
  private final PublisherConfig config;

  private Worker(Builder builder) {
    config = builder.config;
    publisher = new Publisher(config);
    leases = new Leases(publisher, builder.inboxes);
    publisher.start(leases);
  }

  /// Begins a worker that connects as this publisher.
  ///
  /// @param config its limits bound what the events of all runs together may have unacknowledged;
  ///   its close timeout is what [Worker#close()] gives the runs
  public static Builder of(PublisherConfig config) {
    return new Builder(config);
  }

  /// What a worker takes. **Thread:** one at a time.
  public static final class Builder {
    private final PublisherConfig config;
    private final List<Inbox> inboxes = new ArrayList<>();

    private Builder(PublisherConfig config) {
      this.config = config;
    }

    /// Does the runs of an agent.
    ///
    /// @param name of the agent, or `*` for all that are not named
    /// @param credit how many at once, 1–65,535
    public Builder agent(String name, int credit, RunHandler handler) {
      return add(new Inbox.Runs(Inbox.Runs.PREFIX + name, credit, handler));
    }

    /// Takes messages.
    ///
    /// @param pattern an inbox, which is a topic's name, or `prefix/*` for all below a path
    /// @param credit how many at once, 1–65,535
    public Builder inbox(String pattern, int credit, MessageHandler handler) {
      return add(new Inbox.Messages(pattern, credit, handler));
    }

    private Builder add(Inbox inbox) {
      if (inboxes.stream().anyMatch(other -> other.pattern().equals(inbox.pattern()))) {
        throw new IllegalArgumentException("inbox: " + inbox.pattern() + " (expected: once)");
      }
      inboxes.add(inbox);
      return this;
    }

    /// Starts the worker, which connects on its own thread.
    public Worker start() {
      if (inboxes.isEmpty()) {
        throw new IllegalStateException("inboxes: none (expected: an agent or an inbox)");
      }
      return new Worker(this);
    }
  }

  /// Completes with the first welcome; fails with [PublisherClosed] if the worker ends before it.
  public CompletableFuture<Void> ready() {
    return publisher.ready();
  }

  /// Completes when the worker has ended because it was closed; fails with [PublisherClosed] when
  /// the server has sent it away for good.
  public CompletableFuture<Void> ended() {
    return leases.over().copy();
  }

  /// Takes nothing more, waits for what runs, or for the close timeout, and leaves. What runs then
  /// is interrupted, and lost to its readers when its lease lapses. A handler does not close its
  /// own worker.
  @Override
  public void close() {
    publisher.execute(leases::close);
    if (!publisher.inEventLoop()) {
      awaitIdle();
    }
    publisher.execute(() -> leases.abandon("worker is closed"));
    publisher.close();
  }

  private void awaitIdle() {
    try {
      leases.idle().get(config.timing().closeTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      Publisher.LOG.warn("runs did not end in time and are left: {}", String.valueOf(e));
    }
  }
}

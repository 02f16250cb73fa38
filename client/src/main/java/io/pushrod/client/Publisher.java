package io.pushrod.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pushrod.client.PublisherConfig.Address;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.command.TopicReaders;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Hello;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes events over one connection that it keeps up by itself.
///
/// Publications are pipelined, and batched by themselves: whatever is published while a write is
/// pending goes into the next frame. After a broken connection, what is not settled is sent again
/// under the same sequences, so that the server can drop what it has already. The order of one
/// thread's publications is kept. With alternatives it goes to another server when its own sends it
/// away, and takes with it what that one has not acknowledged.
///
/// Returned futures complete on the publisher's own thread: what depends on them must not block
/// there.
///
/// **Thread:** any.
public final class Publisher implements AutoCloseable {
  static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /// A connection that was ready for this long, or got an ack, ends a row of failed attempts.
  private static final long STABLE_MILLIS = 10_000;

  /// How long a hello of a connection that was given up may still be under way.
  private static final long STALE_HELLO_NANOS = TimeUnit.SECONDS.toNanos(60);

  /// What is better elsewhere. Any other goaway would meet us at every server.
  private static final Set<CloseReason> TROUBLES_OF_THE_SERVER =
      EnumSet.of(
          CloseReason.SHUTDOWN,
          CloseReason.RESTART,
          CloseReason.OVERLOADED,
          CloseReason.STORAGE_UNAVAILABLE);

  private final PublisherConfig config;
  private final long epoch;
  private final InFlightBound bound;
  private final Queue<Pending> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private final EventLoopGroup group;
  private final EventLoop loop;

  /// Why the server takes no events now; written on the loop.
  private volatile @Nullable PublishRejected refusal;

  /// Written once, on the loop, before the last time that it empties the inbox.
  private volatile @Nullable PublisherClosed ended;

  // The rest belongs to the loop.
  private Companion companion = Companion.NONE;
  private final ProducerStream stream;
  private final Backoff backoff;
  private final List<Address> addresses;

  /// Which of the addresses it is at, or goes to.
  private int at;

  private @Nullable PublisherConnection connection;

  /// When the connection before the present one was begun; null when there was none.
  private @Nullable Long formerNanos;

  private @Nullable Long presentNanos;
  private boolean closing;

  Publisher(PublisherConfig config) {
    this.config = config;
    epoch = config.epoch() == 0 ? System.currentTimeMillis() : config.epoch();
    bound = new InFlightBound(config.limits().inFlightBytes(), config.limits().inFlightEvents());
    stream = new ProducerStream(inbox, bound, config.limits().batchBytes());
    backoff =
        new Backoff(
            config.timing().backoff(), config.timing().maxBackoff(), ThreadLocalRandom.current());
    IoHandlerFactory io =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    group =
        new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("pushrod-publisher", true), io);
    loop = group.next();
    addresses = config.addresses();
  }

  private Address address() {
    return addresses.get(at);
  }

  /// Goes to the next server, if there is another.
  ///
  /// @return whether there is
  private boolean turnAway() {
    at = (at + 1) % addresses.size();
    return addresses.size() > 1;
  }

  /// Starts a publisher, which connects on its own thread. It accepts publications at once.
  public static Publisher start(PublisherConfig config) {
    var publisher = new Publisher(config);
    publisher.start(Companion.NONE);
    return publisher;
  }

  /// Starts it with something else that uses its connections as well.
  void start(Companion companion) {
    this.companion = companion;
    loop.execute(this::connect);
  }

  /// The incarnation of the producer under which this publisher numbers its events.
  public long epoch() {
    return epoch;
  }

  /// Completes with the first welcome; fails with [PublisherClosed] if the publisher ends before
  /// it.
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /// Publishes, waiting first while the bound is full, unless the server takes no events now.
  ///
  /// @return completes when the publication is settled; fails with [PublishRejected] if it alone
  ///   was refused, with its code [ErrorCode#UNAVAILABLE] if it was never sent since the server
  ///   cannot store events, or with [PublisherClosed]
  /// @throws InterruptedException if interrupted while waiting; nothing was published then
  /// @throws IllegalArgumentException when a type or an id is longer than 255 bytes
  /// @throws IllegalStateException on the publisher's own thread when it would have to wait
  public CompletableFuture<Published> publish(Publication publication) throws InterruptedException {
    return enqueue(publication).settled;
  }

  /// Publishes as [#publish] does.
  Pending enqueue(Publication publication) throws InterruptedException {
    var pending = new Pending(publication.encode(), publication.topicCount());
    if (pending.bytes > config.limits().inFlightBytes()) {
      return tooLarge(pending);
    }
    InFlightBound.Outcome outcome = bound.offer(pending.bytes);
    if (outcome == InFlightBound.Outcome.FULL && refusal == null) {
      if (loop.inEventLoop()) {
        throw new IllegalStateException("publish: bound is full (expected: offer on this thread)");
      }
      outcome = bound.await(pending.bytes);
    }
    return switch (outcome) {
      case ACCEPTED -> accept(pending);
      case FULL -> refused(pending);
      case CLOSED -> closed(pending);
    };
  }

  private static Pending refused(Pending pending) {
    pending.settled.completeExceptionally(notAccepted(0));
    return pending;
  }

  private static PublishRejected notAccepted(int retryAfterMillis) {
    return new PublishRejected(
        ErrorCode.UNAVAILABLE, retryAfterMillis, "not accepted: storage unavailable");
  }

  /// Why the server takes no events now: it has said so, and has acknowledged nothing since. Null
  /// while it takes them.
  ///
  /// What waits to be sent then is refused, as [#publish] says. What was sent keeps its place and
  /// is sent again, under the same sequence, until it is settled: it may be stored already.
  public @Nullable PublishRejected refusal() {
    return refusal;
  }

  /// Declares who may read a topic, in order with what is published to it; replaces what was
  /// declared before.
  ///
  /// @return as [#publish] does
  public CompletableFuture<Published> declareReaders(
      String topic, Collection<String> users, Collection<String> roles)
      throws InterruptedException {
    byte[] readers = TopicReaders.json(users, roles);
    return publish(Publication.of(topic, TypeName.TOPIC_READERS, readers));
  }

  /// Withdraws what was declared: the topic exists for nobody then.
  ///
  /// @return as [#publish] does
  public CompletableFuture<Published> withdrawReaders(String topic) throws InterruptedException {
    return publish(Publication.of(topic, TypeName.TOPIC_READERS, "null"));
  }

  /// Publishes if there is room.
  ///
  /// @return as [#publish] does; null when the bound is full
  public @Nullable CompletableFuture<Published> offer(Publication publication) {
    var pending = new Pending(publication.encode(), publication.topicCount());
    if (pending.bytes > config.limits().inFlightBytes()) {
      return tooLarge(pending).settled;
    }
    return switch (bound.offer(pending.bytes)) {
      case ACCEPTED -> accept(pending).settled;
      case FULL -> null;
      case CLOSED -> closed(pending).settled;
    };
  }

  private Pending tooLarge(Pending pending) {
    int limitBytes = config.limits().inFlightBytes();
    pending.settled.completeExceptionally(
        new PublishRejected(
            ErrorCode.TOO_LARGE,
            0,
            "event: " + pending.bytes + " bytes (expected: <= " + limitBytes + ")"));
    return pending;
  }

  private Pending closed(Pending pending) {
    PublisherClosed cause = ended;
    pending.settled.completeExceptionally(
        cause == null ? new PublisherClosed(CloseReason.NORMAL, "publisher is closing") : cause);
    return pending;
  }

  private Pending accept(Pending pending) {
    inbox.add(pending);
    PublisherClosed cause = ended;
    if (cause != null) {
      ProducerStream.failWaiting(inbox, cause);
    } else if (!awake.get() && awake.compareAndSet(false, true)) {
      execute(this::onWake);
    }
    return pending;
  }

  private void onWake() {
    awake.set(false);
    if (connection != null) {
      connection.pump();
    }
  }

  /// Runs a task on the loop, unless that has ended, and all with it.
  void execute(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("publisher has ended", e);
    }
  }

  boolean inEventLoop() {
    return loop.inEventLoop();
  }

  // For the companion, on the loop.

  /// Runs a task on the loop after a time, unless the publisher ends before.
  void schedule(Runnable task, long delayMillis) {
    if (ended == null) {
      var _ = loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    }
  }

  /// Writes a frame behind all that was written, if there is a connection that is ready.
  ///
  /// @return whether there is
  boolean send(IngestFrame frame) {
    return connection != null && connection.send(frame);
  }

  /// Whether an event was written on the present connection, or needs no more writing.
  boolean isWritten(Pending pending) {
    return pending.settled.isDone() || stream.isSent(pending);
  }

  private void connect() {
    if (ended != null) {
      return;
    }
    Hello hello;
    try {
      hello = new Hello(epoch, config.producer(), config.tenant(), config.token().get());
    } catch (RuntimeException e) {
      LOG.warn("no token for {}", address(), e);
      reconnect(0);
      return;
    }
    formerNanos = presentNanos;
    presentNanos = System.nanoTime();
    var next = new PublisherConnection(hello, stream, new Link(), config.timing().connectTimeout());
    ChannelFuture connecting =
        new Bootstrap()
            .group(loop)
            .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(config.timing().connectTimeout().toMillis()))
            .handler(next)
            .connect(address().host(), address().port());
    connection = next;
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            LOG.warn("cannot connect to {}: {}", address(), String.valueOf(done.cause()));
            var _ = turnAway();
            reconnect(0);
          }
        });
  }

  private void reconnect(int retryAfterMillis) {
    connection = null;
    if (ended == null) {
      var _ =
          loop.schedule(this::connect, backoff.nextMillis(retryAfterMillis), TimeUnit.MILLISECONDS);
    }
  }

  /// What this publisher does with the news of one connection.
  private final class Link implements PublisherConnection.Owner {
    private long readyNanos;

    @Override
    public void onReady(Welcome welcome) {
      LOG.debug("connected to {}, {}", address(), welcome);
      readyNanos = System.nanoTime();
      companion.onReady(welcome);
      ready.complete(null);
    }

    @Override
    public void onWritten() {
      companion.onWritten();
    }

    @Override
    public void onOtherFrame(IngestFrame frame) {
      companion.onFrame(frame);
    }

    @Override
    public void onAcked() {
      backoff.reset();
      if (refusal != null) {
        refusal = null;
        bound.refuse(false);
      }
      leaveWhenDone();
    }

    @Override
    public void onEnd(@Nullable PublisherClosed fatal) {
      if (fatal != null && isReplacedByOurselves(fatal)) {
        comeBack(CloseReason.REPLACED.retryAfterMillis());
        return;
      }
      if (fatal != null) {
        end(fatal);
        return;
      }
      if (readyNanos == 0) {
        var _ = turnAway();
      }
      comeBack(0);
    }

    /// Another server need not be left alone.
    @Override
    public void onSentAway(Goaway goaway) {
      LOG.info("{} sends us away: {}", address(), goaway.message());
      CloseReason reason = goaway.reason();
      if (reason == CloseReason.STORAGE_UNAVAILABLE) {
        onRefused(goaway.retryAfterMillis());
      }
      boolean elsewhere = reason != null && TROUBLES_OF_THE_SERVER.contains(reason) && turnAway();
      comeBack(elsewhere ? 0 : goaway.retryAfterMillis());
    }

    /// The events of a worker's runs wait: a run that lacks one of them is worth nothing.
    private void onRefused(int retryAfterMillis) {
      if (companion == Companion.NONE) {
        PublishRejected why = notAccepted(retryAfterMillis);
        refusal = why;
        bound.refuse(true);
        stream.refuseWaiting(why);
        leaveWhenDone();
      }
    }

    private void comeBack(int retryAfterMillis) {
      if (readyNanos != 0
          && System.nanoTime() - readyNanos > TimeUnit.MILLISECONDS.toNanos(STABLE_MILLIS)) {
        backoff.reset();
      }
      if (ended == null) {
        LOG.info("connection ended; next is {}", address());
      }
      reconnect(retryAfterMillis);
    }
  }

  /// Whether the newer connection may be an older one, which was given up and whose hello came
  /// late: networks keep no order between connections.
  private boolean isReplacedByOurselves(PublisherClosed cause) {
    Long former = formerNanos;
    return cause.reason() == CloseReason.REPLACED
        && former != null
        && System.nanoTime() - former < STALE_HELLO_NANOS;
  }

  private void leaveWhenDone() {
    if (closing && stream.isEmpty()) {
      end(new PublisherClosed(CloseReason.NORMAL, "publisher is closed"));
    }
  }

  /// Ends the publisher once and for all.
  private void end(PublisherClosed cause) {
    if (ended != null) {
      return;
    }
    if (cause.reason() != CloseReason.NORMAL) {
      LOG.warn("publisher to {} ends: {}", address(), cause.getMessage());
    }
    bound.close();
    ended = cause;
    stream.fail(cause);
    ready.completeExceptionally(cause);
    if (connection != null) {
      connection.leave();
    }
    companion.onEnded(cause);
    over.complete(null);
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /// Accepts nothing more, waits until everything is settled, or for the close timeout, and ends.
  /// What is not settled then fails with [PublisherClosed]. On the publisher's own thread it does
  /// not wait.
  @Override
  public void close() {
    bound.close();
    execute(this::onClose);
    if (loop.inEventLoop()) {
      return;
    }
    try {
      over.get(config.timing().closeTimeout().plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("publisher did not end in time", e);
    }
  }

  private void onClose() {
    closing = true;
    leaveWhenDone();
    Duration timeout = config.timing().closeTimeout();
    if (ended == null) {
      var _ =
          loop.schedule(
              () ->
                  end(
                      new PublisherClosed(
                          CloseReason.NORMAL,
                          "publisher was closed: "
                              + timeout.toMillis()
                              + " ms (expected: everything settled by then)")),
              timeout.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }
}

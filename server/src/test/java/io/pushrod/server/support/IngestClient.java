package io.pushrod.server.support;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.PublishWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A blocking connection to the ingest port that sends whatever it is told to, and nothing by
/// itself.
public final class IngestClient implements AutoCloseable {
  /// What acks and rejects said up to some sequence.
  ///
  /// @param sequences of every topic of every event, in order
  public record Settled(List<Long> sequences, List<IngestFrame.Reject> rejects) {}

  private final Socket socket;
  private final IngestDecoder decoder = new IngestDecoder(1 << 24);
  private final ByteBuf received = Unpooled.buffer();
  private final byte[] chunk = new byte[64 * 1024];
  private long ackedUpTo;

  public IngestClient(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(20_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Connects, greets and reads the welcome.
  public static IngestClient ready(RunningServer server, String producer, long epoch) {
    IngestClient client = new IngestClient(server.server().ingestPort());
    client.hello(producer, epoch, server.token());
    client.welcome();
    return client;
  }

  /// The same with a token that may take from every inbox.
  public static IngestClient worker(RunningServer server, String producer, long epoch) {
    IngestClient client = new IngestClient(server.server().ingestPort());
    client.hello(producer, epoch, server.workerToken());
    client.welcome();
    return client;
  }

  // Out.

  public void hello(String producer, long epoch, String token) {
    send(new IngestFrame.Hello(epoch, producer, "", token));
  }

  public void send(IngestFrame frame) {
    ByteBuf out = Unpooled.buffer();
    IngestEncoder.encode(out, frame);
    send(ByteBufUtil.getBytes(out));
  }

  public void publish(long first, byte[]... events) {
    send(publishFrame(first, events));
  }

  public void sendHex(String hex) {
    send(ByteBufUtil.decodeHexDump(hex.replace(" ", "")));
  }

  public void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static byte[] publishFrame(long first, byte[]... events) {
    ByteBuf out = Unpooled.buffer();
    PublishWriter writer = new PublishWriter();
    writer.begin(out, first);
    for (byte[] event : events) {
      writer.add(Unpooled.wrappedBuffer(event));
    }
    writer.end();
    return ByteBufUtil.getBytes(out);
  }

  public static byte[] event(String topic, String type, String data) {
    return event(List.of(topic), type, Map.of(), data.getBytes(StandardCharsets.UTF_8));
  }

  public static byte[] event(
      List<String> topics, String type, Map<IdField, String> ids, byte[] data) {
    ByteBuf out = Unpooled.buffer();
    PublishWriter.event(out, topics, type, null, 0, ids, data);
    return ByteBufUtil.getBytes(out);
  }

  public void consume(String pattern, int credit) {
    send(new IngestFrame.Consume(pattern, credit));
  }

  public void settle(long lease, IngestFrame.Settle.Outcome outcome, String payload) {
    send(new IngestFrame.Settle(lease, outcome, payload));
  }

  // In.

  public IngestFrame.Welcome welcome() {
    return next(IngestFrame.Welcome.class);
  }

  /// Reads up to the goaway.
  public IngestFrame.Goaway goaway() {
    IngestFrame frame = next();
    while (!(frame instanceof IngestFrame.Goaway goaway)) {
      frame = next();
    }
    return goaway;
  }

  /// Reads until everything up to `sequence` is settled.
  public Settled settled(long sequence) {
    Settled settled = new Settled(new ArrayList<>(), new ArrayList<>());
    while (ackedUpTo < sequence) {
      switch (next()) {
        case IngestFrame.Ack ack -> {
          ackedUpTo = ack.upTo();
          IntStream.range(0, ack.count()).mapToObj(ack::sequence).forEach(settled.sequences::add);
        }
        case IngestFrame.Reject reject -> settled.rejects.add(reject);
        case IngestFrame.Ping _, IngestFrame.Pong _ -> {}
        case IngestFrame other -> throw new AssertionError("frame: " + other);
      }
    }
    return settled;
  }

  public long ackedUpTo() {
    return ackedUpTo;
  }

  /// The next frame, which must be of this type; a ping before it is answered.
  public <F extends IngestFrame> F next(Class<F> type) {
    IngestFrame frame = next();
    while (frame instanceof IngestFrame.Ping ping && type != IngestFrame.Ping.class) {
      send(new IngestFrame.Pong(ping.value()));
      frame = next();
    }
    if (!type.isInstance(frame)) {
      throw new AssertionError("frame: " + frame + " (expected: " + type.getSimpleName() + ")");
    }
    return type.cast(frame);
  }

  /// The next frame that is neither an ack nor a ping, which must be of this type.
  public <F extends IngestFrame> F await(Class<F> type) {
    IngestFrame frame = next();
    while (frame instanceof IngestFrame.Ack || frame instanceof IngestFrame.Ping) {
      if (frame instanceof IngestFrame.Ack ack) {
        ackedUpTo = ack.upTo();
      }
      frame = next();
    }
    if (!type.isInstance(frame)) {
      throw new AssertionError("frame: " + frame + " (expected: " + type.getSimpleName() + ")");
    }
    return type.cast(frame);
  }

  /// Takes the next request and accepts it.
  ///
  /// @return its lease, once it is granted
  public long begin() {
    long lease = await(IngestFrame.Request.class).lease();
    send(new IngestFrame.Accept(lease));
    await(IngestFrame.Grant.class);
    return lease;
  }

  /// The next frame of any kind.
  public IngestFrame next() {
    IngestFrame frame = nextOrEnd();
    if (frame == null) {
      throw new AssertionError("frame: none (expected: one before the end)");
    }
    return frame;
  }

  /// The next frame, or null when the server ended the stream.
  public @Nullable IngestFrame nextOrEnd() {
    try {
      IngestFrame frame = decoder.decode(received);
      while (frame == null) {
        int count = socket.getInputStream().read(chunk);
        if (count < 0) {
          return null;
        }
        received.writeBytes(chunk, 0, count);
        frame = decoder.decode(received);
      }
      return frame;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Cuts the connection with a reset.
  public void cut() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    cut();
  }
}

package io.pushrod.server.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebSocketFeedTest {
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
  private final StringWriter out = new StringWriter();
  private final TailReader reader =
      new TailReader(new PrintWriter(out), new PrintWriter(out), null, "");

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /// A server that does this when a command comes.
  private int serve(Consumer<Channel> onCommand) {
    Channel listening =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpServerCodec(), new HttpObjectAggregator(65_536))
                        .addLast(new WebSocketServerProtocolHandler("/v1/ws"))
                        .addLast(new Commands(onCommand));
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  private final class Commands extends SimpleChannelInboundHandler<WebSocketFrame> {
    private final Consumer<Channel> onCommand;

    Commands(Consumer<Channel> onCommand) {
      this.onCommand = onCommand;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
      if (frame instanceof TextWebSocketFrame text) {
        commands.add(text.text());
        onCommand.accept(context.channel());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }

  private static Consumer<Channel> sending(String... messages) {
    return channel -> {
      for (String message : messages) {
        var _ = channel.writeAndFlush(new TextWebSocketFrame(message));
      }
    };
  }

  private static void closeAsTooSlow(Channel channel) {
    var _ = channel.writeAndFlush(new CloseWebSocketFrame(4000, "too slow"));
  }

  /// Goes without the close frame that the protocol handler would send.
  private static void breakOff(Channel channel) {
    var _ = requireNonNull(channel.pipeline().firstContext()).close();
  }

  private Ending read(int port, String after, Duration silence) throws InterruptedException {
    URI base = URI.create("http://127.0.0.1:" + port);
    return new WebSocketFeed(new TailRequest(base, "thread/42", "chat", "tok", silence))
        .read(after, reader);
  }

  private Ending read(int port, String after) throws InterruptedException {
    return read(port, after, Duration.ofSeconds(60));
  }

  @Test
  void subscribesAndReadsUntilTheServerCloses() throws InterruptedException {
    String event =
        "{\"id\":\"k3-6\",\"seq\":6,\"type\":\"a\",\"data\":\"%s\"}".formatted("x".repeat(100_000));
    int port =
        serve(
            sending("{\"op\":\"ack\",\"id\":1,\"topic\":\"thread/42\",\"cursor\":\"k3-5\"}", event)
                .andThen(WebSocketFeedTest::closeAsTooSlow));
    assertThat(read(port, "k3-5"))
        .isEqualTo(new Ending("server closed: slow_consumer", true, 1_000));
    assertThat(commands)
        .containsExactly(
            "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"thread/42\",\"after\":\"k3-5\","
                + "\"filter\":\"chat\"}");
    assertThat(out.toString()).isEqualTo(event + "\n");
    assertThat(reader.cursor()).isEqualTo("k3-6");
  }

  @Test
  void endsWithWhatTheServerSays() throws InterruptedException {
    int port =
        serve(
            sending(
                "{\"op\":\"error\",\"id\":1,\"code\":\"not_found\",\"message\":\"no\","
                    + "\"retryable\":false}"));
    assertThat(read(port, "")).isEqualTo(Ending.forGood("not_found: no"));
  }

  @Test
  void aBrokenConnectionIsNoEnd() throws InterruptedException {
    int port = serve(WebSocketFeedTest::breakOff);
    assertThat(read(port, "")).isEqualTo(Ending.again("connection lost"));
  }

  @Test
  void leavesAConnectionThatSaysNothing() throws InterruptedException {
    int port = serve(channel -> {});
    assertThat(read(port, "", Duration.ofMillis(200)))
        .isEqualTo(Ending.again("nothing was heard for too long"));
  }

  @Test
  void aServerThatIsNotThereIsUnreachable() throws InterruptedException {
    Ending ending = read(1, "");
    assertThat(ending.again()).isTrue();
    assertThat(ending.reason()).startsWith("cannot reach http://127.0.0.1:1");
  }
}

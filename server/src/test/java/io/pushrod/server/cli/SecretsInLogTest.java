package io.pushrod.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import io.pushrod.codec.command.ClientCommand;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.auth.Credential;
import io.pushrod.server.config.ServerConfig.Format;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpRequest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// Everything that a server writes at the finest level, over every transport, holds no part of a
/// token, a cookie, a header or a payload, wherever it came in and however broken it was.
class SecretsInLogTest {
  /// In every secret below, so that one search finds them all.
  private static final String MARK = "S3CR3T";

  private static final String BAD_TOKEN = token("{\"alg\":\"HS256\"}");

  @RegisterExtension final RunningServer server = new RunningServer();

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Logger ours = context.getLogger("io.pushrod");
  private final Level before = root.getLevel();
  private final @Nullable Level oursBefore = ours.getLevel();
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();

  private static String token(String header) {
    return base64(header) + "." + base64("{\"sub\":\"" + MARK + "\"}") + "." + MARK;
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }

  private void capture(Format format) {
    PrintStream captured = new PrintStream(written, true, UTF_8);
    System.setOut(captured);
    System.setErr(captured);
    appender.setContext(context);
    appender.setEncoder(Logging.encoder(format, context));
    appender.setOutputStream(written);
    appender.start();
    root.addAppender(appender);
    root.setLevel(Level.TRACE);
    ours.setLevel(Level.TRACE);
  }

  @AfterEach
  void restore() {
    root.setLevel(before);
    ours.setLevel(oursBefore);
    root.detachAppender(appender);
    System.setOut(out);
    System.setErr(err);
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void noneIsWritten(Format format) {
    capture(format);
    String good = server.token();
    http(good);
    brokenHttp();
    webSocket(good);
    eventStream(good);
    ingest(good);
    server.stop();
    String log = written.toString(UTF_8);
    assertThat(log).contains("accepted: http", "opened: websocket", "opened: sse");
    assertThat(log).contains("closed: ingest", "refused: unauthenticated");
    assertThat(log)
        .doesNotContain(MARK)
        .doesNotContain(good)
        .doesNotContain(good.substring(good.lastIndexOf('.') + 1))
        .doesNotContain(good.substring(good.indexOf('.') + 1, good.lastIndexOf('.')))
        .doesNotContain(BAD_TOKEN)
        .doesNotContain(base64("{\"sub\":\"" + MARK + "\"}"));
  }

  private void http(String good) {
    server.publish("thread/" + MARK, "token_chunk", "{\"text\":\"" + MARK + "\"}");
    assertThat(server.post("/v1/publish", "{\"topic\":\"" + MARK).statusCode()).isEqualTo(400);
    assertThat(server.post("/v1/publish", "{\"topic\":\"" + MARK + " x\"}").statusCode())
        .isEqualTo(400);
    assertThat(server.post("/v1/publish?x=" + MARK, MARK + "\u0000").statusCode()).isEqualTo(400);
    for (String token :
        new String[] {BAD_TOKEN, MARK, token("{\"alg\":\"none\"}"), "a.b." + MARK}) {
      assertThat(status("/v1/publish", "Authorization", "Bearer " + token)).isEqualTo(401);
      assertThat(status("/v1/publish?token=" + token, "X-" + MARK, MARK)).isEqualTo(401);
      assertThat(status("/v1/publish", "Cookie", "pushrod_token=" + token + "; a=" + MARK))
          .isEqualTo(401);
    }
    assertThat(status("/v1/topics/thread%2F42/events?token=" + good, "Cookie", "a=" + MARK))
        .isNotEqualTo(500);
  }

  private int status(String path, String header, String value) {
    return server
        .send(
            HttpRequest.newBuilder(server.http(path))
                .header(header, value)
                .POST(HttpRequest.BodyPublishers.ofString("{\"data\":\"" + MARK + "\"}")))
        .statusCode();
  }

  private void brokenHttp() {
    for (String request :
        new String[] {
          "GET /" + MARK + "?token=" + MARK + " HTTP/1.1\r\nHost: a\r\nHost: " + MARK + "\r\n\r\n",
          "GET /%zz" + MARK + "#" + MARK + " HTTP/1.1\r\nHost: a\r\n\r\n",
          MARK + "\r\n\r\n",
          "GET / HTTP/1.1\r\n" + MARK + " : " + MARK + "\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nA: " + MARK.repeat(20_000) + "\r\n\r\n",
          "POST /v1/publish HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              + MARK
              + "\r\n",
        }) {
      RawClient client = server.raw(0);
      assertThat(client.send(request).answer().status()).isBetween(400, 499);
    }
  }

  private void webSocket(String good) {
    RawWs open = server.rawWsAt("/v1/ws?token=" + good, 0, new byte[0], "X-A: " + MARK);
    open.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + BAD_TOKEN + "\"}");
    open.send("{\"op\":\"" + MARK + "\"}");
    open.send("{\"op\":\"subscribe\",\"topic\":\"thread/" + MARK + "\",\"after\":\"earliest\"}");
    open.send(
        "{\"op\":\"publish\",\"id\":2,\"topic\":\"a\",\"type\":\"x\",\"data\":\"" + MARK + "\"}");
    open.send(MARK);
    open.send(RawWs.masked(0xF0 | RawWs.TEXT, MARK.getBytes(UTF_8)));
    assertThat(open.closeCode()).isEqualTo(1002);
    assertThat(
            server
                .rawWsAt("/v1/ws?token=" + BAD_TOKEN, 0, new byte[0], "Cookie: a=" + MARK)
                .closeCode())
        .isEqualTo(4500);
  }

  private void eventStream(String good) {
    SseClient stream =
        server.sseAt("/v1/sse?token=" + good + "&topic=thread/" + MARK + "&after=earliest");
    assertThat(stream).isNotNull();
    server.publish("thread/" + MARK, "token_chunk", "{\"text\":\"" + MARK + "\"}");
    assertThat(status("/v1/sse?topic=" + MARK + "&after=" + MARK + "&token=" + good, "A", MARK))
        .isBetween(400, 499);
  }

  private void ingest(String good) {
    try (IngestClient refused = new IngestClient(server.server().ingestPort());
        IngestClient broken = new IngestClient(server.server().ingestPort());
        IngestClient open = new IngestClient(server.server().ingestPort())) {
      refused.hello("p1", 1, BAD_TOKEN);
      var _ = refused.goaway();
      broken.send(("PUSH" + MARK).getBytes(UTF_8));
      var _ = broken.goaway();
      open.hello("p2", 1, good);
      var _ = open.welcome();
      open.publish(1, IngestClient.event("thread/" + MARK, "x", "{\"a\":\"" + MARK + "\"}"));
      open.publish(2, IngestClient.event(MARK + " ", "x", MARK));
      var _ = open.settled(2);
    }
    Await.until("three publishers", () -> server.count(Counter.INGEST_FRAMES) >= 3);
  }

  @Test
  void valuesThatHoldSecretsDoNotShowThem() {
    assertThat(new Credential(Credential.Carrier.QUERY, MARK).toString()).doesNotContain(MARK);
    assertThat(new ClientCommand.Auth("1", MARK).toString()).doesNotContain(MARK);
    assertThat(new IngestFrame.Hello(1, "p", "t", MARK).toString()).doesNotContain(MARK);
  }
}

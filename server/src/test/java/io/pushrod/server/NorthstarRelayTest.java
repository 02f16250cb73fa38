package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Northstar's engines publish chat messages to their Redis, and our readers get them.
class NorthstarRelayTest {
  private static final String CHANNEL = "thread:5f0c";

  @RegisterExtension RunningServer server = new RunningServer();
  private RedisServer redis;
  private WsClient reader;

  @BeforeEach
  void startRedis() {
    redis = RedisServer.start("");
    server.restart("relays=[{kind: northstar, url: '" + redis.url() + "', tenant: acme}]");
    reader = server.ws();
    reader.subscribe("thread/5f0c", "");
    redis.awaitSubscribers(CHANNEL, 1);
  }

  @AfterEach
  void stopRedis() {
    server.stop();
    redis.close();
  }

  /// As pydantic writes it.
  private static String message(String text, String role) {
    return "{\"id\": \"m1\", \"thread_id\": \"5f0c\", \"sender\": {\"id\": \"user-1\","
        + " \"display_name\": null, \"handle\": null}, \"text\": \""
        + text
        + "\", \"created_at\": \"2026-01-08T10:00:00.500000\", \"role\": \""
        + role
        + "\", \"scope\": null}";
  }

  private String next() {
    String event = reader.nextEvent();
    return event.substring(event.indexOf("\"type\":"));
  }

  @Test
  void aMessageIsOfAPersonOrOfAnAgent() {
    redis.publish(CHANNEL, message("hi", "user"));
    assertThat(next())
        .startsWith("\"type\":\"user_message\",\"ts\":1767866400500,")
        .endsWith(
            "\"thread_id\":\"5f0c\",\"data\":{\"text\":\"hi\",\"role\":\"user\",\"sender\":{\"id\":"
                + "\"user-1\",\"display_name\":null,\"handle\":null},\"message_id\":\"m1\"}}");
    redis.publish(CHANNEL, message("hi", "agent"));
    assertThat(next()).startsWith("\"type\":\"agent_message\"");
  }

  @Test
  void aTextThatIsAnEventIsThatEvent() {
    redis.publish(
        CHANNEL,
        message("{\\\"type\\\": \\\"run_start\\\", \\\"data\\\": {\\\"a\\\": 1}}", "agent"));
    assertThat(next()).startsWith("\"type\":\"run_start\"").endsWith("\"data\":{\"a\":1}}");
    redis.publish(CHANNEL, message("{\\\"type\\\": \\\"gap\\\", \\\"data\\\": {}}", "agent"));
    assertThat(next()).startsWith("\"type\":\"agent_message\"");
  }

  @Test
  void dropsWhatIsNoMessageOfTheThread() {
    redis.publish(CHANNEL, "{\"text\": \"hi\"}");
    redis.publish(CHANNEL, message("hi", "user").replace("5f0c", "other"));
    redis.publish(CHANNEL, message("hi", "user").replace("2026-01-08", "+999999999-01-08"));
    assertThat(next()).startsWith("\"type\":\"user_message\"");
    assertThat(server.count(Counter.RELAY_MALFORMED)).isEqualTo(2);
  }
}

package io.pushrod.server;

import static io.pushrod.server.NorthstarClients.assertClosed;
import static io.pushrod.server.NorthstarClients.assertRefused;
import static io.pushrod.server.NorthstarClients.hello;
import static io.pushrod.server.NorthstarClients.next;
import static io.pushrod.server.NorthstarClients.without;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Who comes in at Northstar's chat sockets, and what others hear before they are closed.
@Timeout(60)
@Tag("acceptance")
final class NorthstarEntryTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer("presence.leave_delay=100ms", "timeouts.handshake=500ms", "env=dev");

  private final NorthstarClients clients = new NorthstarClients(server);

  @Test
  void refusesWhoBringsNothing() {
    clients.say("1", "one");
    RawWs socket = clients.open("/ws/chat/1").send(hello(""));
    assertThat(next(socket))
        .isEqualTo(
            "{\"error\":{\"code\":\"auth.ticket_missing\",\"message\":\"Auth or ticket required\","
                + "\"http_status\":401,\"gate\":null,\"action_name\":null,"
                + "\"resource_kind\":\"chat\",\"details\":{}}}");
    assertClosed(socket, "auth.ticket_missing");
  }

  @Test
  void refusesABadToken() {
    clients.say("1", "one");
    assertRefused(clients.open("/ws/chat/1?token=bad"), "auth.ticket_invalid", 401);
  }

  @Test
  void refusesABadTicket() {
    clients.say("1", "one");
    assertRefused(
        clients.open("/ws/chat/1?ticket=bad").send(hello("")), "auth.ticket_invalid", 401);
    assertRefused(
        clients.open("/ws/chat/1").send(hello(",\"ticket\":\"bad\"")), "auth.ticket_invalid", 401);
  }

  @Test
  void refusesAHelloThatIsNotWhole() {
    clients.say("1", "one");
    assertRefused(clients.thread("1").send(without("mode")), "auth.mode_missing", 400);
    assertRefused(clients.thread("1").send(without("project_id")), "auth.project_missing", 400);
    assertRefused(clients.thread("1").send(without("app_id")), "auth.app_missing", 400);
    assertRefused(clients.thread("1").send(without("tenant_id")), "auth.context_mismatch", 400);
    assertRefused(
        clients.thread("1").send(hello("").replace("saas", "prod")), "auth.context_mismatch", 400);
  }

  @Test
  void refusesAnotherTenantsHello() {
    clients.say("1", "one");
    assertRefused(
        clients.thread("1").send(hello("").replace("acme", "globex")), "auth.tenant_mismatch", 401);
  }

  @Test
  void refusesAThreadThatIsNoneAndAnotherTenantsAlike() {
    clients.say("1", "one");
    RawWs unknown = clients.thread("2").send(hello(""));
    String error = next(unknown);
    assertThat(error)
        .isEqualTo(
            "{\"error\":{\"code\":\"chat.access_denied\",\"message\":\"Thread not found\","
                + "\"http_status\":404,\"gate\":null,\"action_name\":null,"
                + "\"resource_kind\":\"chat\",\"details\":{}}}");
    assertClosed(unknown, "chat.access_denied");
    RawWs foreign =
        clients
            .open("/ws/chat/1", clients.bearer("eve", "globex"))
            .send(hello("").replace("acme", "globex"));
    assertThat(next(foreign)).isEqualTo(error);
    assertClosed(foreign, "chat.access_denied");
    RawWs mayNot =
        clients
            .open(
                "/ws/chat/1",
                "Authorization: Bearer "
                    + server.token("acme", List.of("run/*"), List.of(), Duration.ofHours(1)))
            .send(hello(""));
    assertThat(next(mayNot)).isEqualTo(error);
  }

  @Test
  void takesNoThreadForOneBecauseSomebodyWaitsForIt() {
    assertThat(server.ws().subscribe("thread/2", "")).contains("\"op\":\"ack\"");
    assertRefused(clients.thread("2").send(hello("")), "chat.access_denied", 404);
  }

  @Test
  void closesWhoSaysNoHello() {
    assertClosed(clients.open("/ws/chat/1"), "hello required");
    assertClosed(clients.open("/ws/chat/1").send("no json"), "hello required");
  }

  @Test
  void letsABearerOfAQueryTokenInWithoutAHello() {
    clients.say("1", "one");
    RawWs socket = clients.open("/ws/chat/1?token=" + server.token());
    assertThat(next(socket)).contains("\"type\":\"chat_message\"");
  }

  @Test
  void takesTheContextOfHeaders() {
    String first = clients.say("1", "one");
    RawWs socket =
        clients.open(
            "/ws/chat/1",
            clients.bearer(),
            "X-Tenant-Id: acme",
            "X-Env: dev",
            "X-Project-Id: p2",
            "Last-Event-ID: " + first);
    assertThat(next(socket)).contains("resume_cursor", "\"project_id\":\"p2\"");
  }

  @Test
  void takesATicketInTheQueryOrInTheHello() {
    clients.say("1", "one");
    String ticket = ticket();
    RawWs byQuery = clients.open("/ws/chat/1?ticket=" + ticket).send(hello(""));
    assertThat(next(byQuery)).contains("\"type\":\"chat_message\"");
    RawWs byHello =
        clients.open("/ws/chat/1").send("{\"type\":\"hello\",\"ticket\":\"" + ticket + "\"}");
    assertThat(next(byHello)).contains("\"type\":\"chat_message\"");
    assertThat(next(byHello)).contains("resume_cursor", "\"project_id\":\"p\"");
    assertThat(next(byHello)).contains("\"user_id\":\"ann\"");
    RawWs other =
        clients.open("/ws/chat/1?ticket=" + ticket).send(hello("").replace("\"a\"", "\"b\""));
    assertRefused(other, "auth.context_mismatch", 400);
  }

  @Test
  void countsARefusalAsOne() {
    assertRefused(clients.open("/ws/chat/1").send(hello("")), "auth.ticket_missing", 401);
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.UNAUTHENTICATED)).isEqualTo(1);
  }

  @Test
  void waitsForAHelloWhereOneIsDue() {
    server.restart("surfaces.northstar-chat.options.profile=n3");
    clients.say("1", "one");
    assertClosed(clients.thread("1"), "hello required");
    assertRefused(
        clients.open("/ws/chat/1", clients.bearer(), "X-Env: dev"), "http.exception", 400);
    assertThat(next(clients.thread("1").send(hello("")))).contains("chat_message");
  }

  @Test
  void beginsAtOnceForClientsThatKnowNoHello() {
    server.restart("surfaces.northstar-chat.options.profile=n1");
    clients.say("1", "one");
    assertThat(next(clients.open("/ws/chat/1?token=" + server.token()))).contains("chat_message");
    assertRefused(clients.open("/ws/chat/1"), "auth.ticket_missing", 401);
  }

  private String ticket() {
    HttpResponse<String> answer =
        server.send(
            request("/api/auth/ticket")
                .header("X-Tenant-Id", "acme")
                .header("X-Mode", "saas")
                .header("X-Project-Id", "p")
                .header("X-App-Id", "a")
                .POST(HttpRequest.BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(200);
    return Json.text(answer.body(), "ticket");
  }

  private HttpRequest.Builder request(String path) {
    URI uri = server.http(path);
    return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + server.token());
  }
}

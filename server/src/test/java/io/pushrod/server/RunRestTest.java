package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("acceptance")
final class RunRestTest {
  private static final List<String> ALL = List.of("*");
  private static final String TIME =
      "\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+00:00\"";

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");
  private final RunsClient runs = new RunsClient(server);

  private String token(String user, List<String> topics, List<String> publish) {
    return server.token(user, "acme", topics, publish, Duration.ofHours(1));
  }

  private RunsClient as(String user, List<String> topics, List<String> publish) {
    return runs.with(token(user, topics, publish));
  }

  private static void isEnvelope(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body())
        .matches("\\{\"success\":false,\"error\":\".+\",\"code\":\"" + code + "\"}");
  }

  private static void isDetail(HttpResponse<String> answer, int status, String error) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body())
        .matches(
            "\\{\"detail\":\\{\"error\":\"" + error + "\",\"message\":\".+\",\"details\":\\{.*}}}");
  }

  // Starting.

  @Test
  void acceptsARunAndShowsIt() {
    HttpResponse<String> accepted = runs.start("?run_id=r1&agent=echo", "{ \"text\" : \"hi\" }");
    assertThat(accepted.statusCode()).isEqualTo(202);
    assertThat(accepted.body())
        .matches(
            "\\{\"run_id\":\"r1\",\"status\":\"accepted\",\"events_url\":\"/runs/r1/events\","
                + "\"created_at\":"
                + TIME
                + "}");
    HttpResponse<String> shown = runs.show("r1");
    assertThat(shown.statusCode()).isEqualTo(200);
    assertThat(shown.body())
        .matches(
            "\\{\"run_id\":\"r1\",\"status\":\"accepted\",\"created_at\":"
                + TIME
                + ",\"completed_at\":null,\"output\":null,\"error\":null,"
                + "\"metadata\":\\{\"agent\":\"echo\",\"user\":\"ann\",\"started_at\":null}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?agent=echo | {}                 | echo",
        "?agent=echo | {'agent':'other'}  | echo",
        "?agent=     | {'agent':'a.b:c'}  | a.b:c",
        "''          | {'agent':'echo'}   | echo",
      })
  void findsTheAgentInTheQueryOrTheInput(String query, String input, String agent) {
    String id = Json.text(runs.start(query, input.replace('\'', '"')).body(), "run_id");
    assertThat(runs.show(id).body()).contains("\"metadata\":{\"agent\":\"" + agent + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                         | {}",
        "''                         | {'agent':7}",
        "?agent=a%2Fb               | {}",
        "?agent=echo&run_id=_x      | {}",
        "?agent=echo&run_id=a%20b   | {}",
        "?agent=echo&run_id=        | {}",
      })
  void refusesAStartThatIsNotOne(String query, String input) {
    isEnvelope(runs.start(query, input.replace('\'', '"')), 400, "VALIDATION_ERROR");
    assertThat(server.count(Counter.RUNS_STARTED)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "[]", "7", "null", "{\"a\":}", "{} {}"})
  void refusesAnInputThatIsNoObject(String input) {
    HttpResponse<String> refused = runs.start("?agent=echo", input);
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(refused.body())
        .matches(
            "\\{\"detail\":\\[\\{\"type\":\"json_invalid\",\"loc\":\\[\"body\"],\"msg\":\".+\"}]}");
  }

  @Test
  void refusesAnInputThatIsTooLong() {
    String tooLong = "{\"text\":\"" + "x".repeat(256 * 1024) + "\"}";
    isEnvelope(runs.start("?agent=echo", tooLong), 413, "VALIDATION_ERROR");
    assertThat(server.limitHits("run_input_bytes")).isEqualTo(1);
  }

  @Test
  void refusesARunIdThatIsTaken() {
    assertThat(runs.start("?run_id=r1&agent=echo", "{}").statusCode()).isEqualTo(202);
    isEnvelope(runs.start("?run_id=r1&agent=echo", "{}"), 400, "VALIDATION_ERROR");
  }

  @Test
  void answersAnAgentThatIsNotGrantedLikeOneThatDoesNotExist() {
    RunsClient bob = as("bob", ALL, List.of("agent/echo"));
    assertThat(bob.start("?agent=echo", "{}").statusCode()).isEqualTo(202);
    HttpResponse<String> refused = bob.start("?agent=secret", "{}");
    isEnvelope(refused, 404, "NOT_FOUND");
    assertThat(refused.body()).contains("Agent 'secret' not found");
  }

  @Test
  void answersTheSameKeyByTheSameRun() {
    String first = runs.start("?agent=echo", "{}", "Idempotency-Key", "k 1").body();
    String again = runs.start("?agent=other", "{\"x\":1}", "Idempotency-Key", "k 1").body();
    String other = runs.start("?agent=echo", "{}", "Idempotency-Key", "k 2").body();
    String bobs = as("bob", ALL, ALL).start("?agent=echo", "{}", "Idempotency-Key", "k 1").body();
    assertThat(Json.text(again, "run_id")).isEqualTo(Json.text(first, "run_id"));
    assertThat(Json.text(other, "run_id")).isNotEqualTo(Json.text(first, "run_id"));
    assertThat(Json.text(bobs, "run_id")).isNotEqualTo(Json.text(first, "run_id"));
    assertThat(server.count(Counter.RUNS_STARTED)).isEqualTo(3);
  }

  @Test
  void refusesAKeyThatIsNone() {
    for (String key : List.of("", "x".repeat(256), "tab\there")) {
      isEnvelope(runs.start("?agent=echo", "{}", "Idempotency-Key", key), 400, "VALIDATION_ERROR");
    }
  }

  @Test
  void putsTheRunIntoItsThreadIfItsSenderMayPublishThere() {
    String input = "{\"thread_id\":\"42\"}";
    runs.start("?agent=echo&run_id=r1", input);
    runs.cancel("r1");
    String bobs = "{\"thread_id\":\"43\"}";
    as("bob", ALL, List.of("agent/echo", "run/*")).start("?agent=echo&run_id=r2", bobs);
    runs.cancel("r2");
    assertThat(server.fetch("/v1/topics/thread/42/events").body())
        .contains("\"type\":\"cancelled\"", "\"run_id\":\"r1\"");
    assertThat(server.fetch("/v1/topics/run/r2/events").body()).contains("\"type\":\"cancelled\"");
    assertThat(server.fetch("/v1/topics/thread/43/events").body()).doesNotContain("cancelled");
  }

  @Test
  void givesARunToTheAgentThatIsConfigured() {
    server.restart("runs.default_agent=echo");
    String id = Json.text(runs.start("", "{}").body(), "run_id");
    assertThat(runs.show(id).body()).contains("\"agent\":\"echo\"");
  }

  @Test
  void isThereOnlyWhereRunsOutliveTheirRequests() {
    server.restart("streaming.async_runs=false");
    assertThat(runs.start("?agent=echo", "{}").statusCode()).isEqualTo(404);
    assertThat(runs.list("").statusCode()).isEqualTo(404);
    assertThat(runs.invoke("", "{}").statusCode()).isEqualTo(400);
  }

  // How much.

  @ParameterizedTest
  @ValueSource(
      strings = {"runs.active_per_user=1", "runs.active_per_tenant=1", "runs.starts_per_second=1"})
  void saysWhenToComeBackWhoHasTooManyRuns(String limit) {
    server.restart(limit);
    assertThat(runs.start("?agent=echo", "{}").statusCode()).isEqualTo(202);
    HttpResponse<String> refused = runs.start("?agent=echo", "{}");
    isDetail(refused, 429, "RATE_LIMIT_EXCEEDED");
    assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
    assertThat(refused.body()).contains("\"details\":{\"retry_after\":1}");
  }

  @Test
  void saysWhenToComeBackWhenNoWorkerComes() {
    server.restart("runs.queue_requests=1");
    assertThat(runs.start("?agent=echo", "{}").statusCode()).isEqualTo(202);
    HttpResponse<String> refused = runs.start("?agent=echo", "{}");
    isEnvelope(refused, 503, "SERVICE_UNAVAILABLE");
    assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
    assertThat(runs.start("?agent=other", "{}").statusCode()).isEqualTo(202);
  }

  @Test
  void takesInputsAsLongAsIsConfigured() {
    server.restart("runs.input_bytes=1KiB");
    isEnvelope(
        runs.start("?agent=echo", "{\"t\":\"" + "x".repeat(1_024) + "\"}"),
        413,
        "VALIDATION_ERROR");
    assertThat(runs.start("?agent=echo", "{\"t\":\"x\"}").statusCode()).isEqualTo(202);
  }

  // Who.

  @Test
  void takesATokenInItsApiKeyHeader() {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.http("/runs")).header("X-API-Key", server.token());
    assertThat(server.send(request).statusCode()).isEqualTo(200);
  }

  @Test
  void saysWhatIsWrongWithACredential() {
    isDetail(runs.with("").show("r1"), 401, "MISSING_CREDENTIALS");
    isDetail(runs.with("nonsense").show("r1"), 401, "INVALID_CREDENTIALS");
    String expired = server.token("acme", ALL, ALL, Duration.ofHours(-1));
    isDetail(runs.with(expired).show("r1"), 401, "TOKEN_EXPIRED");
    assertThat(runs.with("").show("r1").headers().firstValue("www-authenticate"))
        .hasValue("Bearer");
  }

  @Test
  void answersARunOfAnotherTenantLikeOneThatDoesNotExist() {
    runs.start("?agent=echo&run_id=r1", "{}");
    RunsClient other = runs.with(server.token("other", ALL, ALL, Duration.ofHours(1)));
    for (String id : List.of("r1", "unknown")) {
      for (HttpResponse<String> answer :
          List.of(other.show(id), other.delete(id, ""), other.cancel(id))) {
        isEnvelope(answer, 404, "NOT_FOUND");
        assertThat(answer.body()).contains("Run '" + id + "' not found");
      }
    }
    assertThat(other.list("").body()).isEqualTo("{\"runs\":[]}");
    assertThat(other.start("?agent=echo&run_id=r1", "{}").statusCode()).isEqualTo(202);
    assertThat(runs.show("r1").body()).contains("\"status\":\"accepted\"");
  }

  @Test
  void showsARunToItsStarterAndToWhoMayReadIt() {
    RunsClient ann = as("ann", List.of(), List.of("agent/echo"));
    ann.start("?agent=echo&run_id=r1", "{}");
    assertThat(ann.show("r1").statusCode()).isEqualTo(200);
    assertThat(as("bob", List.of("run/*"), List.of()).show("r1").statusCode()).isEqualTo(200);
    isEnvelope(as("bob", List.of("thread/*"), List.of()).show("r1"), 404, "NOT_FOUND");
  }

  // Listing.

  @Test
  void listsTheNewestFirstThatTheCallerMaySee() {
    RunsClient ann = as("ann", List.of(), ALL);
    ann.start("?agent=echo&run_id=r1", "{}");
    as("bob", List.of(), ALL).start("?agent=echo&run_id=r2", "{}");
    ann.start("?agent=other&run_id=r3", "{}");
    ann.cancel("r3");
    assertThat(ids(ann.list("").body())).containsExactly("r3", "r1");
    assertThat(ids(runs.list("").body())).containsExactly("r3", "r2", "r1");
    assertThat(ids(runs.list("?limit=2").body())).containsExactly("r3", "r2");
    assertThat(ids(runs.list("?agent=echo").body())).containsExactly("r2", "r1");
    assertThat(ids(runs.list("?status=cancelled").body())).containsExactly("r3");
    assertThat(ids(runs.list("?status=accepted&agent=echo&limit=1").body())).containsExactly("r2");
    assertThat(ids(runs.list("?status=failed").body())).isEmpty();
  }

  private static List<String> ids(String list) {
    return Pattern.compile("\"run_id\":\"([^\"]*)\"")
        .matcher(list)
        .results()
        .map(each -> each.group(1))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"?limit=0", "?limit=1001", "?limit=x", "?status=done", "?status="})
  void refusesAListThatIsNotOne(String query) {
    isEnvelope(runs.list(query), 400, "VALIDATION_ERROR");
  }

  // Cancelling.

  @Test
  void cancelsBeforeAWorkerHasTakenIt() {
    runs.start("?agent=echo&run_id=r1", "{}");
    HttpResponse<String> cancelled = runs.delete("r1", "?reason=enough");
    assertThat(cancelled.statusCode()).isEqualTo(200);
    assertThat(cancelled.body()).isEqualTo("{\"run_id\":\"r1\",\"status\":\"cancelled\"}");
    assertThat(runs.show("r1").body()).contains("\"status\":\"cancelled\"");
    assertThat(server.fetch("/v1/topics/run/r1/events").body())
        .contains("\"type\":\"cancelled\"", "\"by\":\"ann\",\"reason\":\"enough\"");

    runs.start("?agent=echo&run_id=r2", "{}");
    HttpResponse<String> posted = runs.cancel("r2");
    assertThat(posted.statusCode()).isEqualTo(202);
    assertThat(posted.body()).isEqualTo("{\"run_id\":\"r2\",\"status\":\"cancelled\"}");
    assertThat(server.fetch("/v1/topics/run/r2/events").body())
        .contains("\"reason\":\"User requested cancellation\"");
  }

  @Test
  void saysThatARunIsFinishedAlready() {
    runs.start("?agent=echo&run_id=r1", "{}");
    runs.delete("r1", "");
    for (HttpResponse<String> again : List.of(runs.delete("r1", ""), runs.cancel("r1"))) {
      isEnvelope(again, 400, "VALIDATION_ERROR");
      assertThat(again.body()).contains("Run 'r1' already finished");
    }
  }

  @Test
  void refusesACancelOfWhoMayOnlySeeIt() {
    runs.start("?agent=echo&run_id=r1", "{}");
    RunsClient bob = as("bob", ALL, List.of("agent/*"));
    isDetail(bob.delete("r1", ""), 403, "INSUFFICIENT_PERMISSIONS");
    isDetail(bob.cancel("r1"), 403, "INSUFFICIENT_PERMISSIONS");
    assertThat(runs.show("r1").body()).contains("\"status\":\"accepted\"");
    assertThat(as("sue", ALL, List.of("run/*")).cancel("r1").statusCode()).isEqualTo(202);
  }

  @Test
  void refusesACancelThatIsNotOne() {
    runs.start("?agent=echo&run_id=r1", "{}");
    isEnvelope(runs.cancel("r1", "{\"how\":\"softly\"}"), 400, "VALIDATION_ERROR");
    isEnvelope(runs.delete("r1", "?reason=" + "x".repeat(1_001)), 400, "VALIDATION_ERROR");
    assertThat(runs.show("r1").body()).contains("\"status\":\"accepted\"");
  }

  // Kill switches.

  @ParameterizedTest
  @CsvSource({
    "/agent/echo, true",
    "/provider/openai, true",
    "/user/ann, true",
    "/tenant/acme, true",
    "/agent/other, false",
    "/provider/other, false",
    "/action/run_start, false",
  })
  void endsTheRunsThatASwitchNames(String path, boolean ended) {
    runs.start("?agent=echo&run_id=r1", "{\"provider\":\"openai\"}");
    String owner = runs.owner("acme");
    assertThat(runs.with(owner).put("/kill-switches" + path, "{\"reason\":\"spam\"}").statusCode())
        .isEqualTo(200);
    runs.with(owner).deletePath("/kill-switches" + path);
    // Asked by way of the desk, and so behind what the switch has it do.
    runs.list("");
    if (!ended) {
      assertThat(runs.show("r1").body()).contains("\"status\":\"accepted\"");
    } else {
      Await.until("the end", () -> runs.show("r1").body().contains("\"status\":\"cancelled\""));
      assertThat(server.fetch("/v1/topics/run/r1/events").body())
          .contains("\"by\":\"root\",\"reason\":\"kill switch: spam\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/agent/echo", "/provider/openai", "/user/ann", "/action/run_start"})
  void refusesRunsThatASwitchNames(String path) {
    runs.with(runs.owner("acme")).put("/kill-switches" + path, "");
    isDetail(runs.start("?agent=echo", "{\"provider\":\"openai\"}"), 403, "KILL_SWITCH");
    isDetail(runs.invoke("?agent=echo", "{\"provider\":\"openai\"}"), 403, "KILL_SWITCH");
    RunsClient other = runs.with(server.token("other", ALL, ALL, Duration.ofHours(1)));
    assertThat(other.start("?agent=echo", "{\"provider\":\"openai\"}").statusCode()).isEqualTo(202);
  }

  @Test
  void refusesCancelsWhileThatActionIsOff() {
    runs.start("?agent=echo&run_id=r1", "{}");
    runs.with(runs.owner("acme")).put("/kill-switches/action/run_cancel", "");
    isDetail(runs.delete("r1", ""), 403, "KILL_SWITCH");
    isDetail(runs.cancel("r1"), 403, "KILL_SWITCH");
    assertThat(runs.show("r1").statusCode()).isEqualTo(200);
  }
}

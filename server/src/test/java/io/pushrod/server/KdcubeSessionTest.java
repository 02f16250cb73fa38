package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.Tokens;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// KDCube's sessions: who a client is, and by what.
class KdcubeSessionTest {
  @RegisterExtension RunningServer server = new RunningServer();

  private HttpResponse<String> profile(String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(server.http("/profile"));
    return server.send(headers.length == 0 ? request : request.headers(headers));
  }

  private static String refused(HttpResponse<String> answer) {
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  void tellsASignedInUserWhoItIs() {
    HttpResponse<String> answer = KdcubeUser.of(server, "ann", "editor").profile();

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .matches(
            "\\{\"user_type\":\"REGISTERED\",\"username\":\"ann\",\"user_id\":\"ann\","
                + "\"roles\":\\[\"editor\"],\"permissions\":\\[],\"session_id\":\"[0-9a-f-]{36}\","
                + "\"created_at\":[0-9]+\\.[0-9]{3}}");
    assertThat(answer.headers().firstValue("X-User-Type")).contains("registered");
    assertThat(answer.headers().firstValue("X-Session-ID"))
        .contains(Json.text(answer.body(), "session_id"));
  }

  @Test
  void givesWhoeverBringsNoTokenASessionOfItsAddressAndAgent() {
    HttpResponse<String> answer = profile();

    assertThat(answer.body())
        .matches(
            "\\{\"user_type\":\"ANONYMOUS\",\"fingerprint\":\"[0-9a-f]{8}\\.\\.\\.\","
                + "\"session_id\":\"[0-9a-f-]{36}\",\"created_at\":[0-9]+\\.[0-9]{3}}");
    assertThat(answer.headers().firstValue("X-User-Type")).contains("anonymous");
    assertThat(Json.text(profile().body(), "session_id"))
        .isEqualTo(Json.text(answer.body(), "session_id"));
    assertThat(Json.text(profile("User-Agent", "other").body(), "session_id"))
        .isNotEqualTo(Json.text(answer.body(), "session_id"));
  }

  @Test
  void knowsPrivilegedAndPaidUsersByTheirRoles() {
    assertThat(type("kdcube:role:admin")).isEqualTo("PRIVILEGED");
    assertThat(type("kdcube:role:paid", "kdcube:role:super-admin")).isEqualTo("PRIVILEGED");
    assertThat(type("kdcube:role:paid")).isEqualTo("PAID");
    assertThat(type("kdcube:role:external")).isEqualTo("EXTERNAL");
    assertThat(type()).isEqualTo("REGISTERED");
  }

  private String type(String... roles) {
    return Json.text(
        KdcubeUser.of(server, "u" + roles.length, roles).profile().body(), "user_type");
  }

  @Test
  void keepsOneSessionForAUserWhateverItsTypeBecomes() {
    String before = KdcubeUser.of(server, "ann").sessionId();

    assertThat(KdcubeUser.of(server, "ann", "kdcube:role:paid").sessionId()).isEqualTo(before);
  }

  @Test
  void takesTheTokenFromTheHeaderBeforeTheCookie() {
    String ann = KdcubeUser.of(server, "ann").token();
    String bob = KdcubeUser.of(server, "bob").token();

    assertThat(profile("Cookie", "x=1; __Secure-LATC=" + ann).body()).contains("\"ann\"");
    assertThat(profile("Cookie", "__Secure-LATC=" + ann, "Authorization", "Bearer " + bob).body())
        .contains("\"bob\"");
  }

  @Test
  void refusesATokenThatDoesNotHold() {
    assertThat(
            refused(profile("Authorization", "Bearer " + Tokens.wronglySigned(server.dataDir()))))
        .isEqualTo("401 {\"detail\":\"Invalid token\"}");
    assertThat(refused(profile("Cookie", "__Secure-LATC=" + Tokens.expired(server.dataDir()))))
        .isEqualTo("401 {\"detail\":\"Invalid token\"}");
  }

  @Test
  void letsNobodyNameASessionOfAnother() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String anns = ann.sessionId();
    KdcubeUser bob = KdcubeUser.of(server, "bob");

    assertThat(refused(bob.profile("User-Session-ID", anns)))
        .isEqualTo("403 {\"detail\":\"Session does not belong to current user\"}");
    assertThat(
            refused(KdcubeUser.ofTenant(server, "other", "ann").profile("User-Session-ID", anns)))
        .isEqualTo("401 {\"detail\":\"Unknown session\"}");
    assertThat(refused(bob.profile("User-Session-ID", "nothing")))
        .isEqualTo("401 {\"detail\":\"Unknown session\"}");
    assertThat(refused(profile("User-Session-ID", anns)))
        .isEqualTo("401 {\"detail\":\"No user in session\"}");
    assertThat(ann.profile("User-Session-ID", anns).statusCode()).isEqualTo(200);
  }

  @Test
  void upgradesAnAnonymousSessionToTheUsersOwn() {
    String before = KdcubeUser.anonymous(server).sessionId();
    KdcubeUser ann = KdcubeUser.of(server, "ann");

    HttpResponse<String> after = ann.profile("User-Session-ID", before);

    assertThat(after.statusCode()).isEqualTo(200);
    assertThat(Json.text(after.body(), "session_id"))
        .isEqualTo(ann.sessionId())
        .isNotEqualTo(before);
    assertThat(refused(ann.profile("User-Session-ID", before, "User-Agent", "elsewhere")))
        .isEqualTo("401 {\"detail\":\"Unknown session\"}");
  }

  @Test
  void refusesAnonymousSessionsWhereARowSaysSo() {
    server.restart("surfaces.kdcube-profile.options.reject_anonymous=1");
    String ann = KdcubeUser.of(server, "ann").sessionId();

    assertThat(refused(profile()))
        .isEqualTo("401 {\"detail\":\"Anonymous sessions are not allowed for /profile\"}");
    assertThat(refused(profile("User-Session-ID", ann)))
        .isEqualTo("401 {\"detail\":\"No user in session\"}");
  }

  @Test
  void forgetsTheAnonymousSessionUnusedLongestWhenThereAreTooMany() {
    server.restart("surfaces.kdcube-profile.options.sessions=2");
    String ann = KdcubeUser.of(server, "ann").sessionId();
    String first = Json.text(profile("User-Agent", "a").body(), "session_id");

    String second = Json.text(profile("User-Agent", "b").body(), "session_id");

    assertThat(Json.text(profile("User-Agent", "b").body(), "session_id")).isEqualTo(second);
    assertThat(KdcubeUser.of(server, "ann").sessionId()).isEqualTo(ann);
    assertThat(Json.text(profile("User-Agent", "a").body(), "session_id")).isNotEqualTo(first);
    assertThat(server.count(Counter.LIMIT_SURFACE_SESSIONS)).isEqualTo(2);
  }

  @Test
  void checksAnIdTokenOnlyWhereARowAsksForIt() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String bobs = KdcubeUser.of(server, "bob").token();
    assertThat(ann.profile("X-ID-Token", "nonsense").statusCode()).isEqualTo(200);

    server.restart("surfaces.kdcube-profile.options.id_token=checked");

    assertThat(refused(ann.profile("X-ID-Token", bobs)))
        .isEqualTo("401 {\"detail\":\"Invalid token\"}");
    assertThat(refused(ann.profile("Cookie", "__Secure-LITC=" + bobs)))
        .isEqualTo("401 {\"detail\":\"Invalid token\"}");
    assertThat(ann.profile("X-ID-Token", ann.token()).statusCode()).isEqualTo(200);
  }
}

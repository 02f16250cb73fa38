package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.auth.Credential.Carrier;
import io.pushrod.server.config.AuthConfig.Carriers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialTest {
  private static final Carriers NAMES = new Carriers("Authorization", "token", "pushrod_token");

  private static @Nullable Credential of(
      @Nullable String authorization, @Nullable String query, @Nullable String cookies) {
    return of(NAMES, authorization, query, cookies);
  }

  private static @Nullable Credential of(
      Carriers names, @Nullable String header, @Nullable String query, @Nullable String cookies) {
    return Credential.ofRequest(
        names,
        name -> name.equals(names.header()) ? header : null,
        name -> name.equals(names.query()) ? query : null,
        cookies);
  }

  @Test
  void carriersHaveOtherNames() {
    Carriers names = new Carriers("X-Token", "t", "c");
    assertThat(of(names, "bare", "q", "c=c")).isEqualTo(new Credential(Carrier.HEADER, "bare"));
    assertThat(of(names, "Bearer b", "q", null)).isEqualTo(new Credential(Carrier.HEADER, "b"));
    assertThat(of(names, " ", "q", "c=c")).isEqualTo(new Credential(Carrier.QUERY, "q"));
    assertThat(of(names, null, null, "pushrod_token=no; c=c"))
        .isEqualTo(new Credential(Carrier.COOKIE, "c"));
  }

  @Test
  void aCarrierThatIsSwitchedOffIsNotLookedAt() {
    String cookie = "pushrod_token=c";
    assertThat(of(new Carriers(null, "token", "pushrod_token"), "Bearer h", "q", cookie))
        .isEqualTo(new Credential(Carrier.QUERY, "q"));
    assertThat(of(new Carriers(null, null, "pushrod_token"), "Bearer h", "q", cookie))
        .isEqualTo(new Credential(Carrier.COOKIE, "c"));
    assertThat(of(new Carriers(null, null, null), "Bearer h", "q", cookie)).isNull();
  }

  @Test
  void theHeaderWinsOverTheQueryAndTheQueryOverTheCookie() {
    String cookie = "pushrod_token=c";
    assertThat(of("Bearer h", "q", cookie)).isEqualTo(new Credential(Carrier.HEADER, "h"));
    assertThat(of(null, "q", cookie)).isEqualTo(new Credential(Carrier.QUERY, "q"));
    assertThat(of(null, null, cookie)).isEqualTo(new Credential(Carrier.COOKIE, "c"));
    assertThat(of(null, null, null)).isNull();
  }

  @Test
  void otherSchemesAreNotForUs() {
    assertThat(of("Basic abc", "q", null)).isEqualTo(new Credential(Carrier.QUERY, "q"));
    assertThat(of("Bearer", null, null)).isNull();
    assertThat(of("bEaReR  h ", null, null)).isEqualTo(new Credential(Carrier.HEADER, "h"));
  }

  @Test
  void emptyCarriersDoNotCount() {
    assertThat(of("", "", "pushrod_token=")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pushrod_token=c",
        "a=b; pushrod_token=c",
        "a=b;pushrod_token=c;d=e",
        "pushrod_token=\"c\"",
        "xpushrod_token=no; pushrod_tokenx=no; pushrod_token=c",
        "; ;=; pushrod_token=c",
        "pushrod_token=c; pushrod_token=second"
      })
  void findsTheCookieAmongOthers(String cookies) {
    assertThat(of(null, null, cookies)).isEqualTo(new Credential(Carrier.COOKIE, "c"));
  }

  @ParameterizedTest
  @CsvSource({"a=b", "pushrod_token", "PUSHROD_TOKEN=c", "a=pushrod_token=c"})
  void findsNoCookieWhereThereIsNone(String cookies) {
    assertThat(of(null, null, cookies)).isNull();
  }

  @Test
  void doesNotShowItsToken() {
    assertThat(new Credential(Carrier.QUERY, "hush").toString()).doesNotContain("hush");
  }
}

package io.pushrod.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IdentityTest {
  private static Identity withTenants(String... tenants) {
    return new Identity(
        "home",
        "u",
        Set.of("r"),
        Grants.ALL,
        Grants.NONE,
        Grants.NONE,
        Set.of(tenants),
        0,
        Long.MAX_VALUE,
        "id");
  }

  @Test
  void actsForItsOwnTenantOnly() {
    Identity identity = withTenants("home");
    assertThat(identity.forTenant("home")).isSameAs(identity);
    assertThat(identity.forTenant("other")).isNull();
  }

  @Test
  void aServiceActsForTheTenantsOfItsToken() {
    Identity identity = withTenants("home", "acme");
    Identity acting = Objects.requireNonNull(identity.forTenant("acme"));
    assertThat(acting.tenant()).isEqualTo("acme");
    assertThat(acting.user()).isEqualTo("u");
    assertThat(acting.forTenant("home")).isEqualTo(identity);
    assertThat(acting.forTenant("globex")).isNull();
  }

  @Test
  void aStarActsForEveryTenantThatCanBe() {
    Identity identity = withTenants("home", "*");
    assertThat(identity.mayActFor("anyone")).isTrue();
    assertThat(Identity.isTenant("*")).isFalse();
    assertThat(identity.mayActFor("")).isFalse();
    assertThat(identity.mayActFor("a b")).isFalse();
    assertThat(identity.mayActFor("a\"b")).isFalse();
    assertThat(identity.mayActFor("x".repeat(256))).isFalse();
  }
}

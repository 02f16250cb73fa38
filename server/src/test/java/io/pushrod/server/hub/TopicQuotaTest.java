package io.pushrod.server.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TopicQuotaTest {
  @Test
  void hasNoBoundWhenItIsZero() {
    TopicQuota quota = new TopicQuota(0);
    for (int i = 0; i < 10_000; i++) {
      assertTrue(quota.take("acme"));
    }
    quota.giveBack("acme");
    assertTrue(quota.take("acme"));
  }

  @Test
  void boundsEachTenantByItself() {
    TopicQuota quota = new TopicQuota(1);
    assertTrue(quota.take("acme"));
    assertFalse(quota.take("acme"));
    assertTrue(quota.take("globex"));
    quota.giveBack("acme");
    assertTrue(quota.take("acme"));
  }

  /// An even number creates a topic, an odd one lets one expire, of one of three tenants.
  @Property(tries = 200)
  void countsWhatExists(@ForAll @Size(max = 200) List<@IntRange(min = 0, max = 5) Integer> acts) {
    TopicQuota quota = new TopicQuota(4);
    Map<String, Integer> topics = new HashMap<>();
    for (int act : acts) {
      String tenant = "tenant" + act / 2;
      int before = topics.getOrDefault(tenant, 0);
      if (act % 2 == 0) {
        assertEquals(before < 4, quota.take(tenant));
        topics.put(tenant, Math.min(4, before + 1));
      } else if (before > 0) {
        quota.giveBack(tenant);
        topics.put(tenant, before - 1);
      }
    }
    topics.forEach((tenant, count) -> assertEquals(count, quota.count(tenant)));
  }
}

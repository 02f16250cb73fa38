package io.pushrod.server.auth;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One line for every act that changes who may come in, or what they may do: who did what, and what
/// came of it. What peers wrote stands in it as JSON, so that it cannot begin a line or look like
/// another act.
public final class Audit {
  private static final Logger log = LoggerFactory.getLogger("io.pushrod.audit");

  private Audit() {}

  /// @param by the peer's address, the file that said so, or the user as JSON
  /// @param what ids, tenants and users; never a token or a secret
  public static void record(String act, String by, String what, String outcome) {
    log.info("act={} by={} what={} outcome={}", act, by, what, outcome);
  }
}

package io.pushrod.server.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// Where the bearer of a new token or key belongs, and what it may do.
final class BearerOptions {
  @Option(names = "--tenant", paramLabel = "T", required = true, description = "Its tenant.")
  String tenant = "";

  @Option(names = "--role", paramLabel = "R", description = "A role; may be repeated.")
  List<String> roles = new ArrayList<>();

  @Option(
      names = "--publish",
      paramLabel = "PATTERN",
      description = "Topics it may publish to; may be repeated (none).")
  List<String> publish = new ArrayList<>();

  @Option(
      names = "--own",
      paramLabel = "PATTERN",
      description =
          "For a service: topics whose readers it may declare and whose inboxes it may take; may be"
              + " repeated (none).")
  List<String> own = new ArrayList<>();

  @Option(
      names = "--tenants",
      paramLabel = "T",
      description = "For a service: a further tenant it may act for, or *; may be repeated.")
  List<String> tenants = new ArrayList<>();
}

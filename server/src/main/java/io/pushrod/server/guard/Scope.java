package io.pushrod.server.guard;

import io.pushrod.server.session.Identity;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What kind of thing a kill switch names.
public enum Scope {
  /// All that the tenant does.
  TENANT,
  /// All that one of its users does.
  USER,
  /// Runs of one agent.
  AGENT,
  /// Runs whose input names this provider.
  PROVIDER,
  /// One thing that clients do: the label of an [Action].
  ACTION;

  private static final int MAX_AGENT_LENGTH = 200;

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The lower_snake name on the wire and in the file.
  public String label() {
    return label;
  }

  public static @Nullable Scope of(String label) {
    return Arrays.stream(values())
        .filter(each -> each.label.equals(label))
        .findFirst()
        .orElse(null);
  }

  /// Whether a switch of this scope may name `id`.
  public boolean allows(String id) {
    return switch (this) {
      case TENANT -> Identity.isTenant(id);
      case AGENT -> isAgent(id);
      case USER, PROVIDER -> !id.isEmpty() && KillSwitch.isPlain(id, KillSwitch.MAX_ID_LENGTH);
      case ACTION -> Action.of(id) != null;
    };
  }

  /// What [#allows] asks, for errors.
  public String rule() {
    return switch (this) {
      case TENANT -> "your tenant";
      case AGENT -> "1-200 of A-Z a-z 0-9 _ . : -";
      case USER, PROVIDER -> "1-" + KillSwitch.MAX_ID_LENGTH + " characters, no control characters";
      case ACTION -> "one of " + Arrays.stream(Action.values()).map(Action::label).toList();
    };
  }

  /// Whether an agent may be called so: 1–200 of `[A-Za-z0-9_.:-]`.
  public static boolean isAgent(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_AGENT_LENGTH
        && name.chars().allMatch(Scope::isAgentCharacter);
  }

  private static boolean isAgentCharacter(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '.'
        || c == ':'
        || c == '-';
  }
}

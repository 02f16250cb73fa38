package io.pushrod.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.config.ConfigException;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All revocations that are remembered, in memory and in `<data>/.pushrod/revocations`.
///
/// **Thread:** [#covers] and [#all] any, without blocking; the rest one thread at a time.
final class Revocations {
  private static final long MAX_BYTES = 64L << 20;

  private record Subject(String tenant, String user) {}

  /// The same rules by what they name, so that a credential costs three look-ups at the most.
  private record Rules(
      List<Revocation> all, Set<String> tokenIds, Map<Subject, Long> issuedBefore) {
    static final Rules NONE = new Rules(List.of(), Set.of(), Map.of());

    static Rules of(List<Revocation> all) {
      Set<String> tokenIds = new HashSet<>();
      Map<Subject, Long> issuedBefore = new HashMap<>();
      for (Revocation each : all) {
        if (each.tokenId().isEmpty()) {
          issuedBefore.merge(
              new Subject(each.tenant(), each.user()), each.issuedBeforeMillis(), Math::max);
        } else {
          tokenIds.add(each.tokenId());
        }
      }
      return new Rules(List.copyOf(all), tokenIds, issuedBefore);
    }

    boolean covers(Identity who) {
      return tokenIds.contains(who.tokenId())
          || isBefore(who, "")
          || (!who.user().isEmpty() && isBefore(who, who.user()));
    }

    private boolean isBefore(Identity who, String user) {
      Long moment = issuedBefore.get(new Subject(who.tenant(), user));
      return moment != null && who.issuedAtMillis() <= moment;
    }
  }

  private final PrivateFile file;
  private final int maxEntries;
  private volatile Rules rules = Rules.NONE;

  /// @throws ConfigException when there is a file that cannot be read
  Revocations(Path dataDir, int maxEntries) {
    this.file = new PrivateFile(dataDir.resolve(".pushrod").resolve("revocations"), MAX_BYTES);
    this.maxEntries = maxEntries;
    try {
      rules = Rules.of(file.read().stream().map(Revocation::parse).toList());
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException(
          "revocations: "
              + file.path()
              + " (expected: whole, or deleted to let all credentials in again; "
              + e.getMessage()
              + ")");
    }
  }

  /// Whether the credential behind this identity was revoked.
  boolean covers(Identity who) {
    Rules now = rules;
    return !now.all().isEmpty() && now.covers(who);
  }

  List<Revocation> all() {
    return rules.all();
  }

  /// Adds one, in the place of those that it makes needless. It holds at once.
  ///
  /// @return false when there is no room
  boolean add(Revocation revocation) {
    List<Revocation> all = new ArrayList<>(rules.all());
    all.removeIf(old -> old.isWithin(revocation));
    if (all.size() >= maxEntries) {
      return false;
    }
    all.add(revocation);
    replace(all);
    return true;
  }

  /// Takes over one that holds at another server, whatever room there is.
  ///
  /// @return whether it is news here
  boolean adopt(Revocation theirs) {
    if (rules.all().contains(theirs)) {
      return false;
    }
    List<Revocation> all = new ArrayList<>(rules.all());
    all.removeIf(old -> old.isWithin(theirs));
    all.add(theirs);
    replace(all);
    return true;
  }

  /// All of them, as servers share them.
  Map<String, byte[]> records() {
    Map<String, byte[]> records = new HashMap<>();
    rules.all().forEach(each -> records.put(each.id(), each.line().getBytes(UTF_8)));
    return records;
  }

  /// @return the one that is gone, or null
  @Nullable Revocation remove(String id) {
    List<Revocation> all = new ArrayList<>(rules.all());
    for (Revocation each : all) {
      if (each.id().equals(id)) {
        all.remove(each);
        replace(all);
        return each;
      }
    }
    return null;
  }

  /// Forgets what has been remembered long enough.
  ///
  /// @return what that was
  List<Revocation> forgetExpired(long nowMillis) {
    List<Revocation> expired =
        rules.all().stream().filter(each -> nowMillis >= each.expiresAtMillis()).toList();
    if (!expired.isEmpty()) {
      List<Revocation> all = new ArrayList<>(rules.all());
      all.removeAll(expired);
      replace(all);
    }
    return expired;
  }

  private void replace(List<Revocation> all) {
    rules = Rules.of(all);
  }

  /// Brings the file up to date.
  void save() throws IOException {
    file.write(rules.all().stream().map(Revocation::line).toList());
  }
}

package io.pushrod.codec.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How many are on a topic, and a part of those who are known by name.
///
/// @param users known by name
/// @param connections of all, named or not
/// @param anonymous connections whose token names no user
/// @param unlisted connections of users for whom the list had no place
/// @param members sorted by user
/// @param next the last user of this page; null when there is no other page
public record PresencePage(
    int users,
    int connections,
    int anonymous,
    int unlisted,
    List<PresentUser> members,
    @Nullable String next) {
  public PresencePage {
    members = List.copyOf(members);
  }
}

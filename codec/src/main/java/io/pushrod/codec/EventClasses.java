package io.pushrod.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells the class of an event type by its name. An exact name wins over a prefix, a longer prefix
/// over a shorter one; what is unknown is [EventClass#PLAIN].
///
/// A lookup costs one pass over the name and takes no memory: names lie in an open-addressed table
/// that is at most half full, and prefixes, of which there are few, are tried longest first.
///
/// **Thread:** any; immutable.
public final class EventClasses {
  /// @param name ASCII, as all names of types are
  private record Entry(String name, EventClass eventClass) {}

  /// Its length is a power of two.
  private final @Nullable Entry[] table;

  private final List<Entry> prefixes = new ArrayList<>();

  /// @param classes type name or `prefix*` → class
  public EventClasses(Map<String, EventClass> classes) {
    table = new @Nullable Entry[4 * Integer.highestOneBit(Math.max(1, classes.size()))];
    classes.forEach(this::add);
    prefixes.sort(Comparator.comparingInt((Entry prefix) -> prefix.name.length()).reversed());
  }

  private void add(String pattern, EventClass eventClass) {
    if (pattern.endsWith("*")) {
      prefixes.add(new Entry(pattern.substring(0, pattern.length() - 1), eventClass));
      return;
    }
    int slot = slot(ascii(pattern), 0, pattern.length());
    while (table[slot] != null) {
      slot = next(slot);
    }
    table[slot] = new Entry(pattern, eventClass);
  }

  /// The class of the type whose name lies in `buffer`; reader and writer index stay as they are.
  public EventClass of(ByteBuf buffer, int index, int length) {
    int slot = slot(buffer, index, length);
    for (Entry entry = table[slot]; entry != null; entry = table[slot]) {
      if (entry.name.length() == length && startsWith(buffer, index, entry.name)) {
        return entry.eventClass;
      }
      slot = next(slot);
    }
    for (int i = 0; i < prefixes.size(); i++) {
      Entry prefix = prefixes.get(i);
      if (prefix.name.length() <= length && startsWith(buffer, index, prefix.name)) {
        return prefix.eventClass;
      }
    }
    return EventClass.PLAIN;
  }

  /// The same for paths that are not hot.
  public EventClass of(String type) {
    return of(ascii(type), 0, type.length());
  }

  private int slot(ByteBuf buffer, int index, int length) {
    int hash = 0;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + buffer.getByte(index + i);
    }
    return (hash ^ hash >>> 16) & table.length - 1;
  }

  private int next(int slot) {
    return slot + 1 & table.length - 1;
  }

  private static boolean startsWith(ByteBuf buffer, int index, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (buffer.getByte(index + i) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static ByteBuf ascii(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
  }
}

package io.pushrod.client;

import org.jspecify.annotations.Nullable;

/// A queue of what has a sequence and is not settled, with access by index from its head. Grows;
/// the bound is elsewhere.
final class PendingRing {
  private @Nullable Pending[] slots = new @Nullable Pending[64];
  private int head;
  private int size;

  int size() {
    return size;
  }

  /// @param index below `size`, 0 for the head
  Pending at(int index) {
    Pending pending = slots[(head + index) & (slots.length - 1)];
    if (index >= size || pending == null) {
      throw new IndexOutOfBoundsException("index: " + index + " (expected: < " + size + ")");
    }
    return pending;
  }

  void addLast(Pending pending) {
    if (size == slots.length) {
      grow();
    }
    slots[(head + size) & (slots.length - 1)] = pending;
    size++;
  }

  Pending removeFirst() {
    Pending pending = at(0);
    slots[head] = null;
    head = (head + 1) & (slots.length - 1);
    size--;
    return pending;
  }

  private void grow() {
    var larger = new @Nullable Pending[slots.length * 2];
    for (int i = 0; i < size; i++) {
      larger[i] = at(i);
    }
    slots = larger;
    head = 0;
  }
}

package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;

/// The parts of a stored event, found again in its bytes. No id, name or type holds a quote, so the
/// first occurrence of a member's name is the member.
final class StoredEvent {
  private static final byte[] TOPIC = ascii(",\"topic\":");
  private static final byte[] TENANT = ascii(",\"tenant_id\":");
  private static final byte[] DATA = ascii(",\"data\":");

  /// Where a delta's text may be, first one wins.
  private static final byte[][] TEXT_NAMES = {ascii("text"), ascii("delta"), ascii("content")};

  private static final byte[] INDEX = ascii("index");
  private static final byte[] KEY = ascii("key");
  private static final byte[] PATCH = ascii("patch");

  private final JsonMembers members = new JsonMembers();
  private final JsonMembers others = new JsonMembers();
  ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  long sequence;
  int json;
  int end;
  int topic;
  int envelope;
  int dataName;
  int data;

  /// Bytes of the text without its quotes; only after [#findText].
  int text;

  int textLength;

  StoredEvent locate(Segment segment, int index) {
    bytes = segment.bytes();
    sequence = segment.firstSequence() + index;
    int at = segment.start(index);
    json = at + FrameLayout.headerLength(bytes, at);
    end = segment.endOf(index);
    topic = indexOf(TOPIC, json);
    envelope = indexOf(TENANT, topic);
    dataName = indexOf(DATA, envelope);
    data = dataName + DATA.length;
    return this;
  }

  private int dataLength() {
    return end - 1 - data;
  }

  private boolean hasObject() {
    return bytes.getByte(data) == '{';
  }

  /// Finds the string that folding joins.
  ///
  /// @return whether there is one; of two with one name, readers would take either
  boolean findText() {
    if (!hasObject()) {
      return false;
    }
    for (byte[] name : TEXT_NAMES) {
      int found = 0;
      members.reset(bytes, data, dataLength());
      while (members.next()) {
        if (members.nameEquals(name)) {
          found++;
          text = members.valueOffset() + 1;
          textLength = members.valueLength() - 2;
        }
      }
      if (found > 0) {
        return found == 1 && bytes.getByte(text - 1) == '"';
      }
    }
    return false;
  }

  /// Whether two deltas are one text in two pieces: everything but id, sequence, time, text and
  /// `index` is equal.
  boolean continuedBy(StoredEvent next) {
    int envelopeLength = dataName - envelope;
    return next.dataName - next.envelope == envelopeLength
        && same(envelope, next, next.envelope, envelopeLength)
        && sameData(next);
  }

  private boolean sameData(StoredEvent next) {
    members.reset(bytes, data, dataLength());
    others.reset(next.bytes, next.data, next.dataLength());
    while (members.next()) {
      if (!others.next()
          || members.nameLength() != others.nameLength()
          || !same(members.nameOffset(), next, others.nameOffset(), members.nameLength())) {
        return false;
      }
      boolean isText = members.valueOffset() + 1 == text;
      if (isText != (others.valueOffset() + 1 == next.text)) {
        return false;
      }
      if (!isText
          && !members.nameEquals(INDEX)
          && (members.valueLength() != others.valueLength()
              || !same(members.valueOffset(), next, others.valueOffset(), members.valueLength()))) {
        return false;
      }
    }
    return !others.next();
  }

  /// What a state is the state of: its type, its ids, and `data.key` if there is one.
  String stateKey(String type) {
    String key = type + bytes.toString(envelope, dataName - envelope, US_ASCII);
    if (hasObject()) {
      members.reset(bytes, data, dataLength());
      while (members.next()) {
        if (members.nameEquals(KEY)) {
          return key + bytes.toString(members.valueOffset(), members.valueLength(), UTF_8);
        }
      }
    }
    return key;
  }

  /// Whether a state stands for itself; a patch needs what came before it.
  boolean isWholeState() {
    if (hasObject()) {
      members.reset(bytes, data, dataLength());
      while (members.next()) {
        if (members.nameEquals(PATCH)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean same(int at, StoredEvent other, int otherAt, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(at + i) != other.bytes.getByte(otherAt + i)) {
        return false;
      }
    }
    return true;
  }

  private int indexOf(byte[] name, int from) {
    for (int i = from; i <= end - name.length; i++) {
      int matched = 0;
      while (matched < name.length && bytes.getByte(i + matched) == name[matched]) {
        matched++;
      }
      if (matched == name.length) {
        return i;
      }
    }
    throw new IllegalStateException(
        "event: incomplete (expected: " + new String(name, US_ASCII) + ")");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}

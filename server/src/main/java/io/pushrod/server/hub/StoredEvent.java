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

  private static final byte[] KEY = ascii("key");
  private static final byte[] ID = ascii("id");
  private static final byte[] SNAKE_ID = ascii("_id");
  private static final byte[] CAMEL_ID = ascii("Id");
  private static final byte[] PATCH = ascii("patch");

  private final JsonMembers members = new JsonMembers();
  private final JsonMembers[] levels = {new JsonMembers(), new JsonMembers(), new JsonMembers()};
  ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  long sequence;
  int json;
  int end;
  int topic;
  int envelope;
  int dataName;
  int data;

  /// Only after [#findText].
  final DeltaText text = new DeltaText();

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

  /// Finds the text that folding joins, if there is one.
  boolean findText() {
    return hasObject() && text.find(bytes, data, dataLength());
  }

  /// Whether two deltas are one text in two pieces: of everything but id, sequence and time nothing
  /// differs but the text, and the number of the piece is the next.
  boolean continuedBy(StoredEvent next) {
    int envelopeLength = dataName - envelope;
    return next.dataName - next.envelope == envelopeLength
        && same(envelope, next, next.envelope, envelopeLength)
        && text.continuedBy(next.text);
  }

  /// What a state is the state of: its type, its ids, and in its data every member `key` and every
  /// member that names something (`id`, `…_id`, `…Id`), up to two objects deep.
  String stateKey(String type) {
    StringBuilder key = new StringBuilder(type);
    key.append(bytes.toString(envelope, dataName - envelope, US_ASCII));
    if (hasObject()) {
      addNames(key, 0, data, dataLength());
    }
    return key.toString();
  }

  private void addNames(StringBuilder key, int depth, int object, int length) {
    JsonMembers members = levels[depth].reset(bytes, object, length);
    while (members.next()) {
      int value = members.valueOffset();
      byte first = bytes.getByte(value);
      if (first == '{') {
        if (depth + 1 < levels.length) {
          key.append('{');
          addNames(key, depth + 1, value, members.valueLength());
        }
      } else if (first != '[' && isNaming(members)) {
        int from = members.nameOffset();
        key.append(bytes.toString(from, value + members.valueLength() - from, UTF_8)).append(',');
      }
    }
  }

  private boolean isNaming(JsonMembers members) {
    return members.nameEquals(KEY)
        || members.nameEquals(ID)
        || endsWith(members, SNAKE_ID)
        || endsWith(members, CAMEL_ID);
  }

  private boolean endsWith(JsonMembers members, byte[] ending) {
    int at = members.nameOffset() + members.nameLength() - ending.length;
    return at >= members.nameOffset() && startsWith(ending, at);
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
      if (startsWith(name, i)) {
        return i;
      }
    }
    throw new IllegalStateException(
        "event: incomplete (expected: " + new String(name, US_ASCII) + ")");
  }

  private boolean startsWith(byte[] text, int at) {
    int matched = 0;
    while (matched < text.length && bytes.getByte(at + matched) == text[matched]) {
      matched++;
    }
    return matched == text.length;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}

package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonMembers;
import java.util.Arrays;

/// The text of a delta, where it lies in its data, and whether another delta goes on with it.
///
/// The text is the first of the members `text`, `delta` and `content`; or `text` of an object
/// `delta`, of which a member `text` beside that object may be a copy. All of them are members of
/// the data or of its member `env`, an envelope. An integer `index` beside the text, or its copy
/// `idx`, is the number of the piece.
///
/// **Thread:** one shard.
final class DeltaText {
  /// The members that mean something, and their places in arrays.
  private static final byte[][] NAMES = {
    ascii("env"), ascii("text"), ascii("delta"), ascii("content"), ascii("index"), ascii("idx")
  };

  private static final int ENV = 0;
  private static final int TEXT = 1;
  private static final int DELTA = 2;
  private static final int CONTENT = 3;
  private static final int INDEX = 4;
  private static final int IDX = 5;

  private static final byte[] TS = ascii("ts");
  private static final byte[] TIMESTAMP = ascii("timestamp");

  private static final int ABSENT = -1;
  private static final int MAX_DIGITS = 18;

  private final JsonMembers[] own = {new JsonMembers(), new JsonMembers(), new JsonMembers()};
  private final JsonMembers[] others = {new JsonMembers(), new JsonMembers(), new JsonMembers()};

  /// Where the values of [#NAMES] begin in an object, and how long they are.
  private final int[] values = new int[NAMES.length];

  private final int[] lengths = new int[NAMES.length];

  private final JsonMembers members = new JsonMembers();
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  private int data;
  private int dataLength;

  /// Value offsets of the objects on the way to the text.
  private int env;

  private int delta;
  private int index;
  private int indexCopy;

  /// Of the last piece that was joined.
  private long piece;

  /// The body of the text's string, and that of its copy or [#ABSENT].
  private int text;

  private int copy;
  private int length;

  /// @param data of a checked object
  /// @return whether there is a text; of two with one name, readers would take either
  boolean find(ByteBuf bytes, int data, int dataLength) {
    this.bytes = bytes;
    this.data = data;
    this.dataLength = dataLength;
    env = ABSENT;
    delta = ABSENT;
    index = ABSENT;
    indexCopy = ABSENT;
    copy = ABSENT;
    piece = ABSENT;
    if (!scan(data, dataLength)) {
      return false;
    }
    if (isObject(values[ENV])) {
      env = values[ENV];
      if (!scan(env, lengths[ENV])) {
        return false;
      }
    }
    return isObject(values[DELTA]) ? findNested() : findPlain();
  }

  private boolean findPlain() {
    int name = TEXT;
    while (name < CONTENT && values[name] == ABSENT) {
      name++;
    }
    return takeText(name) && takeIndex() && takeIndexCopy(values[IDX]);
  }

  /// The text in an object `delta`, beside which may be copies of it and of its number.
  private boolean findNested() {
    int textCopy = values[TEXT];
    int textCopyLength = lengths[TEXT];
    int idx = values[IDX];
    delta = values[DELTA];
    return scan(delta, lengths[DELTA])
        && takeText(TEXT)
        && takeTextCopy(textCopy, textCopyLength)
        && takeIndex()
        && takeIndexCopy(idx);
  }

  private boolean takeText(int name) {
    text = values[name] + 1;
    length = lengths[name] - 2;
    return isString(values[name]);
  }

  /// @return false when it is no copy; no string at all is neither a copy nor another text
  private boolean takeTextCopy(int value, int valueLength) {
    if (isString(value)) {
      copy = value + 1;
      return valueLength == length + 2 && same(text, this, copy, length);
    }
    return true;
  }

  private boolean takeIndex() {
    int value = values[INDEX];
    piece = value == ABSENT ? ABSENT : number(value);
    index = piece < 0 ? ABSENT : value;
    return true;
  }

  private boolean takeIndexCopy(int value) {
    if (index == ABSENT || value == ABSENT || number(value) < 0) {
      return true;
    }
    indexCopy = value;
    return number(value) == piece;
  }

  /// Finds the values of an object.
  ///
  /// @return false when one of the names comes twice
  private boolean scan(int object, int objectLength) {
    Arrays.fill(values, ABSENT);
    members.reset(bytes, object, objectLength);
    while (members.next()) {
      int name = 0;
      while (name < NAMES.length && !members.nameEquals(NAMES[name])) {
        name++;
      }
      if (name < NAMES.length) {
        if (values[name] != ABSENT) {
          return false;
        }
        values[name] = members.valueOffset();
        lengths[name] = members.valueLength();
      }
    }
    return true;
  }

  /// Whether `next` is the next piece of this text: its number follows, if it has one, and
  /// everything else but the time of an envelope is equal.
  boolean continuedBy(DeltaText next) {
    return (piece < 0 ? next.piece < 0 : next.piece == piece + 1)
        && (copy < 0 ? next.copy < 0 : next.copy >= 0 && ((copy > text) == (next.copy > next.text)))
        && sameMembers(0, data, dataLength, next, next.data, next.dataLength);
  }

  /// `next` has been joined.
  void advance(DeltaText next) {
    piece = next.piece;
  }

  private boolean sameMembers(
      int level, int at, int atLength, DeltaText next, int nextAt, int nextLength) {
    JsonMembers mine = own[level].reset(bytes, at, atLength);
    JsonMembers theirs = others[level].reset(next.bytes, nextAt, nextLength);
    while (mine.next()) {
      if (!theirs.next()
          || mine.nameLength() != theirs.nameLength()
          || !same(mine.nameOffset(), next, theirs.nameOffset(), mine.nameLength())
          || !sameMember(level, at, mine, next, theirs)) {
        return false;
      }
    }
    return !theirs.next();
  }

  private boolean sameMember(
      int level, int object, JsonMembers mine, DeltaText next, JsonMembers theirs) {
    int value = mine.valueOffset();
    int other = theirs.valueOffset();
    if (value == index || value == indexCopy) {
      return value == index ? other == next.index : other == next.indexCopy;
    }
    if (value + 1 == text || value + 1 == copy) {
      return value + 1 == text ? other + 1 == next.text : other + 1 == next.copy;
    }
    if (value == env || value == delta) {
      return (value == env ? other == next.env : other == next.delta)
          && sameMembers(level + 1, value, mine.valueLength(), next, other, theirs.valueLength());
    }
    if (isEnvelope(object) && (mine.nameEquals(TS) || mine.nameEquals(TIMESTAMP))) {
      return true;
    }
    return mine.valueLength() == theirs.valueLength()
        && same(value, next, other, mine.valueLength());
  }

  /// Whether an object of this delta is one that says when it was made.
  private boolean isEnvelope(int object) {
    return env >= 0 ? object == env : delta >= 0 && object == data;
  }

  /// Appends the text.
  void writeText(ByteBuf out) {
    out.writeBytes(bytes, text, length);
  }

  /// Appends `from` to `end` of the event with another text in the place of its own.
  void writeAround(ByteBuf joined, int from, int end, ByteBuf out) {
    int first = copy < 0 ? text : Math.min(text, copy);
    int second = Math.max(text, copy);
    int at = first + length;
    out.writeBytes(bytes, from, first - from);
    out.writeBytes(joined, joined.readerIndex(), joined.readableBytes());
    if (copy >= 0) {
      out.writeBytes(bytes, at, second - at);
      out.writeBytes(joined, joined.readerIndex(), joined.readableBytes());
      at = second + length;
    }
    out.writeBytes(bytes, at, end - at);
  }

  private boolean isObject(int value) {
    return value >= 0 && bytes.getByte(value) == '{';
  }

  private boolean isString(int value) {
    return value >= 0 && bytes.getByte(value) == '"';
  }

  /// @return -1 for what is no integer of at most 18 digits
  private long number(int value) {
    long number = 0;
    int i = value;
    for (byte b = bytes.getByte(i); b >= '0' && b <= '9'; b = bytes.getByte(++i)) {
      if (i - value == MAX_DIGITS) {
        return -1;
      }
      number = number * 10 + b - '0';
    }
    byte after = bytes.getByte(i);
    return i > value && (after == ',' || after == '}') ? number : -1;
  }

  private boolean same(int at, DeltaText other, int otherAt, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes.getByte(at + i) != other.bytes.getByte(otherAt + i)) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
